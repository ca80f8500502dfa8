namespace DumbKv.Infrastructure.Storage.Sqlite.Files;

/// <summary>
/// Files that only their owner may read and write, whatever the umask is: a store is a target for offline guessing, and
/// another user who may open the lock file could hold a lock on it. On Windows the folder's own rules apply.
/// </summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens the file for this process alone.</summary>
    public static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerReadWrite;
        }

        return new FileStream(path, options);
    }

    /// <summary>Makes the folders of the path that do not exist.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // .NET gives the mode to the last folder alone.
        if (Path.GetDirectoryName(path) is { } parent && !Directory.Exists(parent))
        {
            MakeFolder(parent);
        }

        Directory.CreateDirectory(path, OwnerReadWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Whether every user of the machine may read or write the file. The group's rights are left to the operator: Kubernetes' fsGroup sets them.</summary>
    public static bool IsOpenToAll(string path) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0;

    /// <summary>Takes the file from all others, where it belongs to this user.</summary>
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
