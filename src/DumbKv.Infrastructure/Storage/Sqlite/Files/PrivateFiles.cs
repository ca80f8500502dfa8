namespace DumbKv.Infrastructure.Storage.Sqlite.Files;

/// <summary>
/// Files that only their owner can read and write, whatever the umask. A store is a target for offline guessing, and another user
/// who can open the lock file could lock it. On Windows the folder's permissions apply.
/// </summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens the file with exclusive access.</summary>
    public static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerReadWrite;
        }

        return new FileStream(path, options);
    }

    /// <summary>Creates the missing folders of the path.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // .NET applies the mode to the last folder only.
        if (Path.GetDirectoryName(path) is { } parent && !Directory.Exists(parent))
        {
            MakeFolder(parent);
        }

        Directory.CreateDirectory(path, OwnerReadWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Whether every user of the machine can read or write the file. The group's permissions are the operator's choice, for example with Kubernetes' fsGroup.</summary>
    public static bool IsOpenToAll(string path) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0;

    /// <summary>Removes all permissions of other users, if the file belongs to this user.</summary>
    public static void Close(string path)
    {
        if (OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == OwnerReadWrite)
        {
            return;
        }

        try
        {
            File.SetUnixFileMode(path, OwnerReadWrite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It belongs to another user, or the file system has no modes.
        }
    }
}
