using DumbKv.Client;
using DumbKv.CommandLine.Native;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine.Commands;

/// <summary>Runs a command, and turns errors into one line on standard error and an exit code.</summary>
internal static class CommandRunner
{
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> work)
    {
        using var signals = new SignalCancellation();
        try
        {
            return await work(signals.Token);
        }
        catch (CommandException exception)
        {
            return Messages.Fail(exception.Message, exception.ExitCode);
        }
        catch (KvException exception)
        {
            return Messages.Fail(Failures.Explain(exception), Failures.ExitCodeOf(exception));
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return signals.ExitCode;
        }
        catch (PipeClosedException)
        {
            return ExitCodes.Signal + Libc.SigPipe;
        }
        catch (Exception exception)
        {
            // A bug. The message of an unknown exception could contain a secret.
            return Messages.Fail($"The command failed unexpectedly ({exception.GetType().Name}). Please report this.");
        }
    }
}
