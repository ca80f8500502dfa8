namespace DumbKv.CommandLine.Native;

/// <summary>Finds a program as a shell does.</summary>
internal static class ProgramFile
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <param name="name">A path, or a name in one of the folders of PATH.</param>
    /// <exception cref="CommandException">There is none: 127. It cannot be executed: 126.</exception>
    public static string Find(string name)
    {
        var isName = !name.Contains('/', StringComparison.Ordinal) && !(OperatingSystem.IsWindows() && name.Contains('\\', StringComparison.Ordinal));
        var candidates = isName ? InPath(name).SelectMany(WithExtensions) : WithExtensions(name);
        var exists = false;
        foreach (var candidate in candidates.Where(File.Exists))
        {
            if (OperatingSystem.IsWindows() || (File.GetUnixFileMode(candidate) & Executable) != 0)
            {
                return candidate;
            }

            exists = true;
        }

        // The message does not repeat the name, which can be a misplaced secret.
        throw exists ? new CommandException("The program cannot be executed: it is no executable file.", ExitCodes.NotExecutable)
            : new CommandException("The program does not exist. Check its name and PATH.", ExitCodes.NoSuchProgram);
    }

    // An empty folder in PATH is the current one.
    private static IEnumerable<string> InPath(string name) => name.Length == 0 ? []
        : (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder.Length == 0 ? "." : folder, name));

    // On Windows, a file without an extension is a script of another system, such as npm beside npm.cmd.
    private static IEnumerable<string> WithExtensions(string path) => OperatingSystem.IsWindows() && !Path.HasExtension(path)
        ? [.. (Environment.GetEnvironmentVariable("PATHEXT") ?? ".EXE;.CMD;.BAT").Split(';').Select(extension => path + extension)]
        : [path];
}
