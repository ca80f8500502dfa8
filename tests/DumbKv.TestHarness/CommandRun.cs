namespace DumbKv.TestHarness;

/// <summary>An admin verb, run as an operator runs it, to its end.</summary>
/// <param name="ExitCode">0 done, 1 failed, 2 wrong call.</param>
/// <param name="Output">Standard output and standard error.</param>
public sealed record CommandRun(int ExitCode, string Output)
{
    /// <summary>On this store, in its folder.</summary>
    public static Task<CommandRun> OnAsync(TestStore store, params string[] arguments) => WithAsync(store, [], arguments);

    /// <summary>With settings of its own.</summary>
    public static Task<CommandRun> WithAsync(TestStore store, (string Name, string Value)[] settings, params string[] arguments) =>
        UnderAsync([], store, settings, arguments);

    /// <summary>Run by another program: strace, say, or one that changes the user.</summary>
    public static async Task<CommandRun> UnderAsync(string[] wrapper, TestStore store, (string Name, string Value)[] settings, params string[] arguments)
    {
        var environment = store.Settings;
        environment["LOCK_WAIT_SECONDS"] = "1";
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        await using var process = ServerProcess.LaunchUnder(wrapper, store.Folder, environment, arguments);
        var exitCode = await process.ExitCodeAsync();
        return new CommandRun(exitCode, process.Output);
    }
}
