using Microsoft.Data.Sqlite;

namespace DumbKv.TestHarness;

/// <summary>A SQLite store as a killed process leaves it.</summary>
public static class KilledStore
{
    /// <summary>
    /// Leaves the file in the middle of a transaction, with the journal that undoes it beside the file. Nothing holds a lock on them.
    /// SQLite calls such a journal hot.
    /// </summary>
    /// <param name="file">The database.</param>
    /// <param name="change">The statements of the unfinished transaction.</param>
    public static async Task LeaveHotJournalAsync(string file, string change = "UPDATE entries SET sealed = zeroblob(17), flags = 0")
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();

        // Changes more pages than the cache holds, so that some of them reach the file before the commit.
        command.CommandText = $"""
            PRAGMA journal_mode = TRUNCATE;
            PRAGMA cache_size = 10;
            BEGIN IMMEDIATE;
            {change};
            CREATE TABLE filler AS WITH RECURSIVE counter(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM counter WHERE x < 1000) SELECT randomblob(1000) FROM counter;
            """;
        await command.ExecuteNonQueryAsync();

        string[] suffixes = [string.Empty, "-journal"];
        foreach (var suffix in suffixes)
        {
            File.Copy(file + suffix, file + suffix + ".killed");
        }

        command.CommandText = "ROLLBACK";
        await command.ExecuteNonQueryAsync();
        await connection.CloseAsync();
        foreach (var suffix in suffixes)
        {
            File.Move(file + suffix + ".killed", file + suffix, overwrite: true);
        }

        new FileInfo(file + "-journal").Length.Should().BePositive();
    }
}
