namespace DumbKv.CommandLine;

/// <summary>Ends the command. The message is one sentence for the user and contains no key, passphrase, token or value.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCodes.Failed, Exception? cause = null) : Exception(message, cause)
{
    public int ExitCode => exitCode;

    public static CommandException Usage(string message) => new(message, ExitCodes.WrongUsage);
}
