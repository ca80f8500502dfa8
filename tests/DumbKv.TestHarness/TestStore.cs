using System.Data.Common;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace DumbKv.TestHarness;

public enum StoreKind
{
    Sqlite,
    Postgres,
}

/// <summary>The stores on which every storage and HTTP test runs.</summary>
public static class Stores
{
    /// <summary><c>./test.sh --sqlite-only</c> sets DUMBKV_TEST_SQLITE_ONLY.</summary>
    public static IEnumerable<StoreKind> All =>
        Environment.GetEnvironmentVariable("DUMBKV_TEST_SQLITE_ONLY") == "1" ? [StoreKind.Sqlite] : [StoreKind.Sqlite, StoreKind.Postgres];

    /// <summary>For tests of PostgreSQL only. Empty if PostgreSQL is left out.</summary>
    public static IEnumerable<StoreKind> PostgresOnly => All.Where(kind => kind == StoreKind.Postgres);
}

/// <summary>An empty store for one test, which is removed after the test.</summary>
public sealed class TestStore : IAsyncDisposable
{
    /// <summary>What SQLite appends to the name of a database for the files that belong to its contents.</summary>
    public static readonly IReadOnlyList<string> Companions = [string.Empty, "-wal", "-journal"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");
    private readonly TestDatabase? _database;

    private TestStore(StoreKind kind, TestDatabase? database)
    {
        Kind = kind;
        _database = database;
    }

    public StoreKind Kind { get; }

    /// <summary>The working directory of a server on this store.</summary>
    public string Folder => _folder.FullName;

    /// <summary>DATABASE_LOCATION.</summary>
    public string Location => _database?.ConnectionString ?? Path.Combine(Folder, "dumbkv.db");

    public Dictionary<string, string?> Settings => new()
    {
        ["DATABASE_TYPE"] = Kind.ToString(),
        ["DATABASE_LOCATION"] = Location,
    };

    public static async Task<TestStore> CreateAsync(StoreKind kind = StoreKind.Sqlite) =>
        new(kind, kind == StoreKind.Postgres ? await TestDatabase.RentAsync() : null);

    /// <summary>A copy of a SQLite file with its WAL or journal. To open the file itself would recover it from them.</summary>
    public static async Task<TestStore> CopyAsync(string file)
    {
        var copy = await CreateAsync();
        foreach (var suffix in Companions.Where(suffix => File.Exists(file + suffix)))
        {
            File.Copy(file + suffix, copy.Location + suffix);
        }

        return copy;
    }

    /// <summary>A store in a database that no server has used. Other databases may already have a schema.</summary>
    public static async Task<TestStore> CreateUntouchedAsync(StoreKind kind) =>
        new(kind, kind == StoreKind.Postgres ? await TestDatabase.CreateAsync() : null);

    /// <summary>A store in a PostgreSQL database that the test creates and removes itself.</summary>
    public static TestStore In(string connectionString) => new(StoreKind.Postgres, TestDatabase.At(connectionString));

    /// <summary>Executes SQL on the store directly, without a server.</summary>
    public async Task<object?> ExecuteAsync(string sql)
    {
        await using DbConnection connection = Kind == StoreKind.Postgres
            ? new NpgsqlConnection($"{Location};Pooling=false")
            : new SqliteConnection($"Data Source={Location};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        var result = await command.ExecuteScalarAsync();
        await Eventually.ReadersCatchUpAsync();
        return result;
    }

    /// <summary>
    /// The bytes of a SQLite file that this process may have open. Another process reads them, because closing the file here would
    /// release the locks that SQLite holds on it in this process.
    /// </summary>
    public static async Task<byte[]> ReadFileAsync(string file)
    {
        using var process = Process.Start(new ProcessStartInfo("cat", [file]) { RedirectStandardOutput = true })!;
        using var bytes = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(bytes);
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0);
        return bytes.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.ReturnAsync();
        }

        _folder.Delete(recursive: true);
    }
}
