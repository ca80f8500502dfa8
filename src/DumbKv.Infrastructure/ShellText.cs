namespace DumbKv.Infrastructure;

/// <summary>Paths in commands that an operator copies from a message into a shell.</summary>
public static class ShellText
{
    private const string Plain = "/._-+@%:,=";

    /// <summary>The path as one word of a POSIX shell: in single quotes unless it contains only harmless characters.</summary>
    public static string Quote(string path) =>
        path.Length > 0 && path.All(character => char.IsAsciiLetterOrDigit(character) || Plain.Contains(character))
            ? path
            : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
