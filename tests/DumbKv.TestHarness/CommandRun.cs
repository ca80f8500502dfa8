namespace DumbKv.TestHarness;

/// <summary>An admin command that was run to its end.</summary>
/// <param name="ExitCode">0 success, 1 failure, 2 wrong argument or setting.</param>
/// <param name="Output">Standard output and standard error.</param>
public sealed record CommandRun(int ExitCode, string Output)
{
    /// <summary>Runs a command on this store, in its folder.</summary>
    public static Task<CommandRun> OnAsync(TestStore store, params string[] arguments) => WithAsync(store, [], arguments);

    /// <summary>Runs a command with additional settings.</summary>
    public static Task<CommandRun> WithAsync(TestStore store, (string Name, string Value)[] settings, params string[] arguments) =>
        UnderAsync([], store, settings, arguments);

    /// <summary>Runs a command under another program, for example strace, or one that changes the user.</summary>
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
