using System.ComponentModel;
using System.Diagnostics;

namespace DumbKv.CommandLine.Native;

/// <summary>Runs a program beside this process, for Windows, where a process cannot be replaced.</summary>
internal static class ChildProcess
{
    /// <returns>The exit code of the program.</returns>
    public static async Task<int> RunAsync(string path, string[] arguments, IReadOnlyDictionary<string, string> variables, IReadOnlyList<string> removed)
    {
        var start = new ProcessStartInfo(path, arguments) { UseShellExecute = false };
        foreach (var name in removed)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        // Ctrl-C goes to both. The program decides what it does.
        Console.CancelKeyPress += (_, pressed) => pressed.Cancel = true;
        try
        {
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        catch (Win32Exception exception)
        {
            throw new CommandException($"The program cannot be executed: {exception.Message}", ExitCodes.NotExecutable);
        }
    }
}
