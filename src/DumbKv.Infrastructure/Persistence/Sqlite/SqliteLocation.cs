using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>A SQLite DATABASE_LOCATION: a file, or ":memory:" (one connection, used in turn).</summary>
internal sealed class SqliteLocation(string location)
{
    public string File { get; } = location;

    public bool IsMemory => File == ":memory:";

    public override string ToString() => IsMemory ? "SQLite in memory" : $"SQLite file {File}";

    public string ConnectionString { get; } = new SqliteConnectionStringBuilder
    {
        DataSource = location,
        Mode = SqliteOpenMode.ReadWriteCreate,
        DefaultTimeout = 5, // Seconds a statement waits for another process's lock.
    }.ToString();

    /// <summary>Makes the file's folder and sees that the file can be written, so that a wrong location stops the start in one line.</summary>
    /// <exception cref="StartRefusedException">It cannot be.</exception>
    public void MakeFile()
    {
        if (IsMemory)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(File))!);
            using var file = new FileStream(File, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartRefusedException(2, $"DATABASE_LOCATION: {File} cannot be opened for writing: {exception.Message}");
        }
    }
}
