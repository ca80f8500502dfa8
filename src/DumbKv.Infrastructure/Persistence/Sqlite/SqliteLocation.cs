using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>A SQLite DATABASE_LOCATION: a file, or ":memory:" (one connection, used in turn).</summary>
internal sealed class SqliteLocation(DatabaseOptions options)
{
    // As DriveInfo names them. WAL needs memory shared between processes, which none of them gives.
    private static readonly HashSet<string> NetworkFormats = new(StringComparer.OrdinalIgnoreCase)
    {
        "9p", "afs", "ceph", "cifs", "coda", "fuse", "fuseblk", "fuse.sshfs", "gfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncp", "ncpfs",
        "nfs", "nfs4", "novell", "ocfs2", "panfs", "smb", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
    };

    public string File { get; } = options.Location;

    /// <summary>Nothing here may change the file.</summary>
    public bool IsReadOnly => options.ReadOnly;

    public bool IsMemory => File == ":memory:";

    /// <summary>With links followed: two names of one file are one store.</summary>
    public string RealFile => new FileInfo(File) is { LinkTarget: not null } link && link.ResolveLinkTarget(returnFinalTarget: true) is { } target
        ? target.FullName
        : Path.GetFullPath(File);

    public override string ToString() => IsMemory ? "SQLite in memory" : $"SQLite file {File}";

    public string ConnectionString { get; } = new SqliteConnectionStringBuilder
    {
        DataSource = options.Location,
        Mode = options.ReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
        DefaultTimeout = 5, // Seconds a statement waits for another process's lock.
    }.ToString();

    /// <summary>"wal" or "truncate": what this file is to be used with, on the drive that it is on. "memory" in memory.</summary>
    public string JournalMode => options.Journal switch
    {
        _ when IsMemory => "memory",
        SqliteJournal.Wal => "wal",
        SqliteJournal.Truncate => "truncate",
        _ => JournalModeOn(new DriveInfo(Path.GetDirectoryName(RealFile)!).DriveFormat),
    };

    public static string JournalModeOn(string driveFormat) => NetworkFormats.Contains(driveFormat) ? "truncate" : "wal";

    /// <summary>Makes the file's folder, so that a wrong location stops the start in one line.</summary>
    /// <exception cref="StartRefusedException">It cannot be made.</exception>
    public void MakeFolder() => Make(() => Directory.CreateDirectory(Path.GetDirectoryName(RealFile)!));

    /// <summary>Sees that the file can be written, so that a wrong location stops the start in one line.</summary>
    /// <exception cref="StartRefusedException">It cannot be.</exception>
    public void MakeFile() => Make(() => new FileStream(RealFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose());

    private void Make(Action make)
    {
        if (IsMemory)
        {
            return;
        }

        try
        {
            make();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartRefusedException(2, $"DATABASE_LOCATION: {File} cannot be opened for writing: {exception.Message}");
        }
    }
}
