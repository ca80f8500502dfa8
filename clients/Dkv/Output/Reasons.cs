namespace DumbKv.CommandLine.Output;

/// <summary>Why a file cannot be read or written, in the words of a user.</summary>
internal static class Reasons
{
    private const int DiskFull = 28; // `ENOSPC`

    public static string Of(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "it does not exist.",
        UnauthorizedAccessException => "access is denied.",
        PathTooLongException => "the name is too long.",
        ArgumentOutOfRangeException => "the file would be too large.", // What .NET makes of `EFBIG`.
        IOException { HResult: DiskFull } => "the disk is full.",
        _ => exception.Message,
    };
}
