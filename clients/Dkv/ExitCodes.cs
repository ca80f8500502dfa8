namespace DumbKv.CommandLine;

/// <summary>Documented in docs/cli.md. A command that a signal ends has the exit code 128 + the number of the signal.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    public const int Failed = 1;

    public const int WrongUsage = 2;

    public const int NotFound = 3;

    /// <summary>The entry exists, or the condition is not met.</summary>
    public const int Conflict = 4;

    /// <summary>The server is unavailable, limits requests or is full.</summary>
    public const int Unavailable = 5;

    public const int NotAllowed = 6;

    /// <summary>The entry could be read once, and was.</summary>
    public const int AlreadyRead = 7;

    /// <summary>The program of <c>dkv run</c> cannot be executed, as in a shell.</summary>
    public const int NotExecutable = 126;

    /// <summary>The program of <c>dkv run</c> does not exist, as in a shell.</summary>
    public const int NoSuchProgram = 127;

    public const int Signal = 128;
}
