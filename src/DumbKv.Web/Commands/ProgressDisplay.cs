using System.Diagnostics;
using System.Globalization;
using DumbKv.Application.Maintenance;
using Spectre.Console;

namespace DumbKv.Web.Commands;

/// <summary>Shows progress: a bar on a terminal, otherwise a plain line now and then.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(2);

    public static Task<T> RunAsync<T>(Func<Action<WorkProgress>, Task<T>> work) =>
        Console.IsOutputRedirected ? work(Lines()) : BarAsync(work);

    private static Task<T> BarAsync<T>(Func<Action<WorkProgress>, Task<T>> work) => AnsiConsole.Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .StartAsync(context =>
        {
            ProgressTask? step = null;
            return work(progress =>
            {
                if (step?.Description != progress.Doing)
                {
                    step?.StopTask();
                    step = context.AddTask(progress.Doing);
                }

                step.MaxValue = Math.Max(progress.Total, 1);
                step.Value = progress.Done;
            });
        });

    private static Action<WorkProgress> Lines()
    {
        string? step = null;
        var written = 0L;
        var done = -1L;
        return progress =>
        {
            // The last line of a step shows that it is done.
            if (progress.Doing == step && (progress.Done == done || (progress.Done < progress.Total && Stopwatch.GetElapsedTime(written) < BetweenLines)))
            {
                return;
            }

            step = progress.Doing;
            done = progress.Done;
            written = Stopwatch.GetTimestamp();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{progress.Doing}: {progress.Done} of {progress.Total}"));
        };
    }
}
