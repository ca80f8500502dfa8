using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace DumbKv.SecurityTests;

/// <summary>An attacker writes to the database, alters each byte of a row and exchanges rows. Each such read is refused and counted.</summary>
public sealed class AlteredRowTests
{
    private static readonly int Rows = Rounds.Of(6, 100);

    private TestStore _store = null!;
    private ServerProcess _server = null!;
    private SqliteConnection _intruder = null!;
    private int _failures;

    [SetUp]
    public async Task Fill()
    {
        _store = await TestStore.CreateAsync();
        _server = await ServerProcess.StartAsync(_store.Folder); // A separate process, because meters of the same name in one process are counted together.
        for (var row = 0; row < Rows; row++)
        {
            // One row each: text, bytes, expiring, read-once, a receipt.
            var more = (row % 5) switch { 0 => "", 1 => ", \"encoding\": \"base64\"", 2 => ", \"ttl\": 86400", _ => ", \"once\": true" };
            (await _server.Http.PutKvAsync($$"""{"key": "{{row}}", "value": "{{Convert.ToBase64String([(byte)row, 7, 7, 7, 7, 7])}}"{{more}}}""")).EnsureSuccessStatusCode();
            if (IsReceipt(row))
            {
                (await _server.Http.PostKvAsync($$"""{"key": "{{row}}"}""")).EnsureSuccessStatusCode();
            }
        }

        _intruder = new SqliteConnection($"Data Source={_store.Location};Pooling=false");
        await _intruder.OpenAsync();
        await ExecuteAsync("PRAGMA synchronous = OFF; CREATE TEMP TABLE backup AS SELECT rowid AS number, * FROM entries");
    }

    [TearDown]
    public async Task DeleteStore()
    {
        await _intruder.DisposeAsync();
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task A_flipped_byte_of_any_column_is_never_a_value()
    {
        var refused = 0;
        for (var row = 0; row < Rows; row++)
        {
            var number = row + 1;
            var (version, sealedBytes) = (await BytesAsync(number, "version"), await BytesAsync(number, "sealed"));

            foreach (var (column, bytes) in new[] { ("version", version), ("sealed", sealedBytes) })
            {
                for (var at = 0; at < bytes.Length; at++)
                {
                    var altered = bytes.ToArray();
                    altered[at] ^= (byte)(1 << ((at + row) % 8));
                    await SetAsync(number, column, altered);
                    refused += await ShouldBeRefusedAsync(row, isFound: true);
                    await RestoreAsync(number);
                }
            }

            for (var bit = 0; bit < 32; bit++)
            {
                await ExecuteAsync($"UPDATE entries SET flags = (flags | {1L << bit}) - (flags & {1L << bit}) WHERE rowid = {number}");
                refused += await ShouldBeRefusedAsync(row, isFound: true);
                await RestoreAsync(number);
            }

            // A later expiry is refused as altered. An expiry in the past is a deletion, which anyone who writes to the database can do anyway.
            foreach (var (expiry, isFound) in new[] { ("32503680000000", true), ("coalesce(expires_at, 4000000000000) + 1", true), ("1", IsReceipt(row)) })
            {
                await ExecuteAsync($"UPDATE entries SET expires_at = {expiry} WHERE rowid = {number}");
                refused += await ShouldBeRefusedAsync(row, isFound);
                await RestoreAsync(number);
            }

            // With another primary key the row is not found by its key.
            var lookup = await BytesAsync(number, "lookup");
            for (var at = 0; at < lookup.Length; at++)
            {
                var altered = lookup.ToArray();
                altered[at] ^= 1;
                await SetAsync(number, "lookup", altered);
                refused += await ShouldBeRefusedAsync(row, isFound: false);
                await RestoreAsync(number);
            }

            await ExecuteAsync($"UPDATE entries SET database_id = 1 WHERE rowid = {number}");
            refused += await ShouldBeRefusedAsync(row, isFound: false);
            refused += await ShouldBeRefusedAsync(row, isFound: true, database: 1, placeFrom: number);
            await RestoreAsync(number);
        }

        await ShouldBeCountedAsync();
        TestContext.Out.WriteLine($"{refused} alterations of {Rows} rows, all of them refused; {_failures} integrity failures counted");
    }

    [Test]
    public async Task Exchanged_rows_open_for_neither_key()
    {
        for (var row = 0; row + 1 < Rows; row += 2)
        {
            var (one, other) = (row + 1, row + 2);
            foreach (var (place, content) in new[] { (one, other), (other, one) })
            {
                await ExecuteAsync($"""
                    UPDATE entries SET (version, expires_at, flags, sealed) = (SELECT version, expires_at, flags, sealed FROM backup WHERE number = {content})
                    WHERE rowid = {place}
                    """);
            }

            await ShouldBeRefusedAsync(row, isFound: true);
            await ShouldBeRefusedAsync(row + 1, isFound: true);
            await RestoreAsync(one);
            await RestoreAsync(other);
        }

        await ShouldBeCountedAsync();
        for (var row = 0; row < Rows; row++)
        {
            (await ReadAsync(row)).StatusCode.Should().Be(HttpStatusCode.OK, "they should open after they were restored, otherwise this proves nothing");
        }
    }

    /// <param name="placeFrom">A row of this database, which is moved to the primary key of the requested entry.</param>
    private static bool IsReceipt(int row) => row % 5 == 4;

    private async Task<int> ShouldBeRefusedAsync(int row, bool isFound, int database = 0, int? placeFrom = null)
    {
        if (placeFrom is { } number)
        {
            // The primary key in the other database: a set creates the row there, and its content is then replaced.
            await ExecuteAsync($"DELETE FROM entries WHERE rowid = {number}");
            (await _server.Http.PutKvAsync($$"""{"database": {{database}}, "key": "{{row}}", "value": "theirs"}""")).EnsureSuccessStatusCode();
            await ExecuteAsync($"""
                UPDATE entries SET (version, expires_at, flags, sealed) = (SELECT version, expires_at, flags, sealed FROM backup WHERE number = {number})
                WHERE database_id = {database}
                """);
        }

        using var response = await ReadAsync(row, database);
        response.StatusCode.Should().Be(isFound ? HttpStatusCode.InternalServerError : HttpStatusCode.NotFound);
        _failures += isFound ? 1 : 0;
        return 1;
    }

    private Task<HttpResponseMessage> ReadAsync(int row, int database = 0) => _server.Http.PostKvAsync(JsonSerializer.Serialize(new { database, key = $"{row}" }));

    private async Task ShouldBeCountedAsync()
    {
        // The response to a scrape can be a moment old.
        var counted = string.Empty;
        await Eventually.HoldsAsync(async () =>
        {
            var metrics = await _server.Http.GetStringAsync("/metrics");
            var before = counted;
            counted = Regex.Match(metrics, """^dumbkv_integrity_failures_total(?:\{[^}]*\})? (\d+)""", RegexOptions.Multiline).Groups[1].Value;
            return counted == before && counted.Length > 0;
        });
        counted.Should().Be($"{_failures}");
    }

    private async Task<byte[]> BytesAsync(int number, string column) => (byte[])(await ExecuteAsync($"SELECT {column} FROM backup WHERE number = {number}"))!;

    private Task<object?> SetAsync(int number, string column, byte[] bytes) =>
        ExecuteAsync($"UPDATE entries SET {column} = x'{Convert.ToHexString(bytes)}' WHERE rowid = {number}");

    private Task<object?> RestoreAsync(int number) => ExecuteAsync($"""
        DELETE FROM entries WHERE rowid = {number} OR database_id = 1;
        INSERT INTO entries (rowid, database_id, lookup, version, expires_at, flags, sealed)
        SELECT number, database_id, lookup, version, expires_at, flags, sealed FROM backup WHERE number = {number}
        """);

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var command = _intruder.CreateCommand();
        command.CommandText = sql;
        var result = await command.ExecuteScalarAsync();
        await Eventually.ReadersCatchUpAsync();
        return result;
    }
}
