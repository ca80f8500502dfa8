using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DumbKv.TestHarness;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>A second implementation, written from the definition of the format, opens the worked examples and stores of a real server.</summary>
public sealed class FormatByDefinitionTests
{
    [TestCaseSource(nameof(Vectors))]
    public void Each_step_of_a_worked_example_follows_from_the_definition(JsonElement vector)
    {
        var storeKey = Hex(vector, "store_key_hex")!;
        var pepper = Hex(vector, "pepper_hex") is { Length: > 0 } set ? set : null;
        if (pepper is not null)
        {
            Should(vector, "pepper_prk_hex", FormatByDefinition.Extract([], pepper));
            Should(vector, "fingerprint_hex", FormatByDefinition.FingerprintOf(pepper));
        }

        if (Hex(vector, "wrapped_hex") is { } wrapped)
        {
            Should(vector, "kek_hex", FormatByDefinition.KekOf(pepper!));
            Should(vector, "wrap_nonce_hex", wrapped[..12]);
            Should(vector, "wrap_aad_hex", Encoding.ASCII.GetBytes("DumbKV/1/store-key"));
            FormatByDefinition.Unwrap(wrapped, pepper!).Should().Equal(storeKey);
            FormatByDefinition.Unwrap(wrapped, RandomNumberGenerator.GetBytes(32)).Should().BeNull();
        }

        var row = vector.GetProperty("row");
        FormatByDefinition.StoreKeyOf(Hex(row, "store_key"), Hex(row, "store_key_pepper"), Hex(row, "pepper_fingerprint"), pepper).Should().Equal(storeKey);

        var entry = vector.GetProperty("entry");
        var (key, database) = (entry.GetProperty("key").GetString()!, entry.GetProperty("database").GetInt32());
        var (expiresAt, flags) = (entry.GetProperty("expires_at") is { ValueKind: JsonValueKind.Number } time ? time.GetInt64() : (long?)null, entry.GetProperty("flags").GetInt32());
        Should(entry, "hashed_key_hex", FormatByDefinition.HashedKeyOf(key));
        Should(entry, "prk_hex", FormatByDefinition.PrkOf(storeKey, key));
        Should(entry, "lookup_hex", FormatByDefinition.LookupOf(storeKey, database, key));
        Should(entry, "value_key_hex", FormatByDefinition.ValueKeyOf(storeKey, database, key));
        Should(entry, "aad_hex", FormatByDefinition.AadOf(database, Hex(entry, "lookup_hex")!, expiresAt, flags));
        Should(entry, "value_hex", FormatByDefinition.Open(storeKey, key, database, Hex(entry, "version_hex")!, expiresAt, flags, Hex(entry, "sealed_hex")!)!);
    }

    [TestCaseSource(typeof(Stores), nameof(Stores.All))]
    public async Task The_entries_of_a_server_open_with_its_pepper_and_after_a_rotation_with_the_new_one_only(StoreKind kind)
    {
        var (pepper, other) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16));
        await using var store = await TestStore.CreateUntouchedAsync(kind);
        await using (var server = await ServerProcess.StartAsync(store.Folder, [.. store.Settings.Select(setting => (setting.Key, setting.Value!)), ("PEPPER", Convert.ToBase64String(pepper))]))
        {
            string[] sets =
            [
                """{"key": "text", "value": "a value"}""", """{"key": "ключ 🔑", "database": -3, "value": "AP8=", "encoding": "base64", "ttl": 3600}""",
                """{"key": "once", "value": "read once", "once": true}""", """{"key": "receipt", "value": "was read", "once": true}""",
            ];
            foreach (var set in sets)
            {
                using var response = await server.Http.PutKvAsync(set);
                response.EnsureSuccessStatusCode();
            }

            (await server.Http.ValueAsync("receipt")).Should().Be("was read");
            await server.StopAsync();
        }

        await ShouldOpenAsync(store, pepper, other);
        var rotated = await CommandRun.WithAsync(store, [("PEPPER", Convert.ToBase64String(other)), ("PEPPER_PREVIOUS", Convert.ToBase64String(pepper))], "pepper", "rotate");

        rotated.ExitCode.Should().Be(0, rotated.Output);
        await ShouldOpenAsync(store, other, pepper);
    }

    private static async Task ShouldOpenAsync(TestStore store, byte[] pepper, byte[] other)
    {
        await using DbConnection connection = store.Kind == StoreKind.Postgres
            ? new NpgsqlConnection($"{store.Location};Pooling=false")
            : new SqliteConnection($"Data Source={store.Location};Pooling=false");
        await connection.OpenAsync();
        var row = (await ReadAsync(connection, "SELECT store_key, store_key_pepper, pepper_fingerprint FROM store")).Single();
        byte[]? StoreKeyFor(byte[]? with) => FormatByDefinition.StoreKeyOf(row[0] as byte[], row[1] as byte[], row[2] as byte[], with);

        StoreKeyFor(other).Should().BeNull();
        StoreKeyFor(null).Should().BeNull();
        var storeKey = StoreKeyFor(pepper);
        storeKey.Should().HaveCount(32);
        ((byte[])row[1]!).Should().Equal(FormatByDefinition.FingerprintOf(pepper));

        var rows = await ReadAsync(connection, "SELECT database_id, lookup, version, expires_at, flags, sealed FROM entries");
        rows.Should().HaveCount(4);
        Open("text", 0).Should().Equal("a value"u8.ToArray());
        Open("ключ 🔑", -3).Should().Equal(0, 0xff);
        Open("once", 0).Should().Equal("read once"u8.ToArray());
        Open("receipt", 0).Should().HaveCount(12, "a receipt contains the version that was read");

        byte[]? Open(string key, int database)
        {
            var lookup = FormatByDefinition.LookupOf(storeKey!, database, key);
            var found = rows.Single(row => ((byte[])row[1]!).AsSpan().SequenceEqual(lookup));
            Convert.ToInt32(found[0], null).Should().Be(database);
            return FormatByDefinition.Open(
                storeKey!, key, database, (byte[])found[2]!, found[3] is { } time ? Convert.ToInt64(time, null) : null, Convert.ToInt32(found[4], null), (byte[])found[5]!);
        }
    }

    private static async Task<List<object?[]>> ReadAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<object?[]>();
        while (await reader.ReadAsync())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? null : reader.GetValue(column))]);
        }

        return rows;
    }

    private static IEnumerable<TestCaseData> Vectors()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "store-key-vectors.json")));
        return [.. document.RootElement.EnumerateArray().Select(vector => new TestCaseData(vector.Clone()).SetArgDisplayNames(vector.GetProperty("what").GetString()!))];
    }

    private static byte[]? Hex(JsonElement step, string name) =>
        step.TryGetProperty(name, out var value) && value.GetString() is { } hex ? Convert.FromHexString(hex) : null;

    private static void Should(JsonElement expected, string name, byte[] bytes) => Convert.ToHexStringLower(bytes).Should().Be(expected.GetProperty(name).GetString(), name);
}
