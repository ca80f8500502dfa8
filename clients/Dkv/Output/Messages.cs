namespace DumbKv.CommandLine.Output;

/// <summary>Lines on standard error.</summary>
internal static class Messages
{
    public static void Warn(string sentence) => Write($"Warning: {sentence}");

    /// <returns>The exit code.</returns>
    public static int Fail(string sentence, int exitCode = ExitCodes.Failed)
    {
        Write(sentence);
        return exitCode;
    }

    public static void Write(string sentence)
    {
        try
        {
            StandardStream.Error.Write($"dkv: {DisplayText.OneLine(sentence)}\n");
        }
        catch (Exception exception) when (exception is CommandException or PipeClosedException or IOException)
        {
            // Standard error is closed or full, so nothing can be said.
        }
    }
}
