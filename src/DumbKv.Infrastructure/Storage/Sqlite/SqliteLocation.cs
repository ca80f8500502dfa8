using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using DumbKv.Infrastructure.Storage.Sqlite.Files;
using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure.Storage.Sqlite;

internal enum SqliteJournalMode
{
    Wal,
    Truncate,
    Memory,
}

/// <summary>A SQLite DATABASE_LOCATION: the path of a file, or ":memory:" (one connection for all requests).</summary>
internal sealed partial class SqliteLocation
{
    /// <summary>The location of a database in memory.</summary>
    public const string Memory = ":memory:";

    /// <summary>Of a file system on Linux, less the longest suffix of <see cref="OwnSuffixes"/>.</summary>
    private const int MaxNameBytes = 255 - 18;

    /// <summary>Maximum number of symbolic links in one path, as on Linux.</summary>
    private const int MostLinks = 40;

    /// <summary>
    /// The suffixes of the database and of the files that SQLite keeps beside it. The database is first: it is incomplete without its
    /// journal or WAL, and they are useless without it.
    /// </summary>
    public static readonly string[] Suffixes = [string.Empty, "-wal", "-shm", "-journal"];

    private static readonly string[] OwnSuffixes =
        [.. Suffixes, ".lock", ".restoring", ".restoring.partial", .. Suffixes.Select(suffix => ".restored" + suffix)];

    private readonly DatabaseOptions _options;
    private SqliteJournalMode? _journalMode;

    /// <exception cref="StartRefusedException">The location is not a path.</exception>
    public SqliteLocation(DatabaseOptions options)
    {
        _options = options;
        File = options.Location;
        ThrowIfNotPath(File, options.LocationSetting);
        RealFile = IsMemory ? File : Resolve(File);
        ConnectionString = new SqliteConnectionStringBuilder
        {
            DataSource = RealFile,
            // Only MakeFile creates the file. If it is moved while the server runs, a new empty one in its place would make SQLite delete the WAL.
            Mode = options.ReadOnly ? SqliteOpenMode.ReadOnly : IsMemory ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            DefaultTimeout = 5, // Seconds a statement waits for another process's lock.
        }.ToString();
    }

    /// <summary>The setting or option that names the file.</summary>
    public string Setting => _options.LocationSetting;

    /// <summary>The path as the operator wrote it.</summary>
    public string File { get; }

    /// <summary>
    /// The absolute path without symbolic links. All connections and the lock file use it, so that two names of one file are one store,
    /// even if a link is changed later.
    /// </summary>
    public string RealFile { get; }

    /// <summary>The file is only read.</summary>
    public bool IsReadOnly => _options.ReadOnly;

    public bool IsMemory => File == Memory;

    /// <summary>Whether this server copies the WAL into the file. Otherwise another program does, such as Litestream.</summary>
    public bool Checkpoints => _options.Checkpoints;

    public string ConnectionString { get; }

    /// <summary>The journal mode in which this server uses the file.</summary>
    public SqliteJournalMode JournalMode => _journalMode ??= _options.Journal switch
    {
        _ when IsMemory => SqliteJournalMode.Memory,
        SqliteJournal.Wal => SqliteJournalMode.Wal,
        SqliteJournal.Truncate => SqliteJournalMode.Truncate,
        _ => FileSystems.CanKeepWal(FileSystems.TypeOf(Path.GetDirectoryName(RealFile)!)) ? SqliteJournalMode.Wal : SqliteJournalMode.Truncate,
    };

    /// <summary>SQLite's name of <see cref="JournalMode"/>.</summary>
    public string JournalModeName => JournalMode switch
    {
        SqliteJournalMode.Wal => "wal",
        SqliteJournalMode.Truncate => "truncate",
        SqliteJournalMode.Memory => "memory",
        _ => throw new UnreachableException(),
    };

    /// <summary>Those of the database and the files beside it that exist.</summary>
    public IEnumerable<string> Files => Suffixes.Select(suffix => RealFile + suffix).Where(System.IO.File.Exists);

    /// <summary>Whether the file is the database, or one that SQLite, the lock or a restore keep beside it.</summary>
    /// <param name="file">A path without symbolic links. The file need not exist.</param>
    public bool IsOwnFile(string file) =>
        OwnSuffixes.Any(suffix => file == RealFile + suffix || IsSame(file, RealFile + suffix));

    /// <summary>The files that every user of the machine can read or write.</summary>
    public IEnumerable<string> FilesOpenToAll => Files.Where(PrivateFiles.IsOpenToAll);

    public override string ToString() => IsMemory ? "SQLite in memory" : $"SQLite file {File}";

    /// <exception cref="StartRefusedException">SQLite or its driver would not interpret the text as a path.</exception>
    public static void ThrowIfNotPath(string location, string setting)
    {
        // The messages do not contain the text itself, because a connection string can hold a password.
        const string path = "must be the path of a SQLite file, like /data/dumbkv.db, or :memory:";
        if (DatabaseOptions.TypeOf(location) == DatabaseType.Postgres)
        {
            throw StartRefusedException.ForSetting(setting, $"{path}, and is the address of a PostgreSQL database. For PostgreSQL set DATABASE_TYPE=postgres.");
        }

        if (NotPath().IsMatch(location))
        {
            throw StartRefusedException.ForSetting(setting, location.TrimStart()[0] switch
            {
                '~' => $"{path}. Only a shell replaces ~: write the whole path.",
                '"' or '\'' or '“' or '”' or '‘' or '’' => $"{path}, without quotes.",
                _ => $"{path}, and looks like a URL or a connection string. Write only the path, with ./ before a file name that contains : or =. "
                    + "For PostgreSQL set DATABASE_TYPE=postgres and write postgres://user@host/database.",
            });
        }

        if (location.Split('/').Any(name => Encoding.UTF8.GetByteCount(name) > MaxNameBytes))
        {
            throw StartRefusedException.ForSetting(setting, $"a name in the path is longer than {MaxNameBytes} bytes. Shorten it.");
        }

        if (location.EndsWith('/'))
        {
            throw StartRefusedException.ForSetting(setting, "names a directory. Name the SQLite file in it, like /data/dumbkv.db.");
        }
    }

    /// <summary>Whether <see cref="JournalMode"/> was chosen here and not by SQLITE_JOURNAL. Then it can fall back.</summary>
    public bool ChoosesJournalMode => _options.Journal == SqliteJournal.Auto && !IsMemory;

    /// <summary>For a file system that was expected to support a WAL and does not.</summary>
    public void FallBackToTruncate() => _journalMode = SqliteJournalMode.Truncate;

    /// <summary>
    /// <see cref="SqliteFileLock"/> protects a file under one path. A server that opens the same file under another path has another
    /// lock and another WAL, and two such servers destroy the store.
    /// </summary>
    /// <exception cref="StartRefusedException">The file may have another path, or the location now leads to another file.</exception>
    public void ThrowIfShared()
    {
        if (IsMemory)
        {
            return;
        }

        if (Resolve(File) != RealFile)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, $"{File} led to {RealFile} when this process started, and now leads to another file. Start again.");
        }

        if (!System.IO.File.Exists(RealFile))
        {
            return;
        }

        if (FileSystems.IsMountPoint(RealFile))
        {
            throw new StartRefusedException(
                StartRefusal.WrongSetting, $"{File} is mounted as a single file. Its write-ahead log and its lock would stay outside of the mount, and writes would be lost with the container. Mount the directory that holds it.");
        }

        if (FileStatus.Of(RealFile) is { Links: > 1 and var names })
        {
            throw new StartRefusedException(
                StartRefusal.WrongSetting, $"{File} has {names} names (hard links), and a server that uses another one could destroy the store. Remove the other names: find / -xdev -samefile {ShellText.Quote(RealFile)} lists them.");
        }
    }

    /// <summary>Opening a pipe or a device can block, and reading it may never end.</summary>
    /// <param name="file">The file. It need not exist.</param>
    /// <param name="name">The path as the operator wrote it.</param>
    /// <exception cref="StartRefusedException">It is a directory, a pipe, a device or a socket.</exception>
    public static void ThrowIfNotFile(string file, string name)
    {
        if (Directory.Exists(file))
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{name} is a directory. Name a file.");
        }

        if (FileStatus.Of(file) is { IsRegular: false })
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{name} is a pipe, a device or a socket. Name a regular file.");
        }
    }

    /// <summary>Creates the folder, for its owner only, so that a wrong location stops the start with one line.</summary>
    /// <exception cref="StartRefusedException">The folder cannot be created.</exception>
    public void MakeFolder() => Make(() =>
    {
        ThrowIfNotFile(RealFile, $"{Setting}: {File}");
        PrivateFiles.MakeFolder(Path.GetDirectoryName(RealFile)!);
    });

    /// <summary>
    /// Creates the file if there is none, for its owner only. SQLite gives the files beside it the same mode. An existing file is not
    /// opened: see <see cref="FileStatus"/>.
    /// </summary>
    /// <exception cref="StartRefusedException">The file cannot be created.</exception>
    public void MakeFile() => Make(() =>
    {
        if (!System.IO.File.Exists(RealFile))
        {
            PrivateFiles.Open(RealFile, FileMode.CreateNew).Dispose();
        }
        else if (!PosixFiles.IsWritable(RealFile))
        {
            throw new UnauthorizedAccessException("this user is not allowed to write to it.");
        }
    });

    /// <summary>If a directory is mounted twice, each file in it has two paths.</summary>
    private static bool IsSame(string file, string other) =>
        FileStatus.Of(file) is { } status && FileStatus.Of(other) is { } found && status.IsSameFileAs(found);

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
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{Setting}: {File} cannot be opened for writing: {exception.Message}");
        }
    }

    /// <summary>Resolves all symbolic links, as the system does when it opens the path. The end of the path need not exist.</summary>
    public static string Resolve(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }

        var resolved = "/";
        var ahead = new Stack<string>(Parts(Path.Combine(Environment.CurrentDirectory, path)));
        for (var links = 0; ahead.TryPop(out var part);)
        {
            if (part == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? "/";
                continue;
            }

            var next = Path.Combine(resolved, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MostLinks)
            {
                throw new StartRefusedException(StartRefusal.WrongSetting, $"{path} cannot be opened: too many symbolic links.");
            }

            resolved = Path.IsPathRooted(target) ? "/" : resolved;
            foreach (var of in Parts(target))
            {
                ahead.Push(of);
            }
        }

        return resolved;

        static IEnumerable<string> Parts(string path) => path.Split('/').Where(part => part is not ("" or ".")).Reverse();
    }

    /// <summary>
    /// URLs and connection strings of all kinds begin with "name:" or "name=", as does user:password@host. One letter and a colon is
    /// a Windows drive.
    /// </summary>
    [GeneratedRegex(@"^\s*([a-z][\w.+ -]+\s*[:=]|:(?!memory:$)|[""'~“”‘’])|://", RegexOptions.IgnoreCase)]
    private static partial Regex NotPath();
}
