using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using Microsoft.Data.Sqlite;

namespace DumbKv.SecurityTests;

/// <summary>An attacker has the database's file, but no key and no pepper.</summary>
public sealed class StolenDatabaseTests
{
    private static readonly int Rows = Rounds.Of(100, 1_000);

    private readonly byte[] _pepper = RandomNumberGenerator.GetBytes(32);
    private readonly List<string> _keys = [.. Enumerable.Range(0, Rows).Select(number => $"password{number}")];
    private TestStore _store = null!;
    private List<StolenRow> _rows = null!;
    private List<byte[]> _ofStore = null!;
    private byte[] _wrapped = null!;

    [SetUp]
    public async Task FillAndSteal()
    {
        _store = await TestStore.CreateAsync();
        await using (var server = await TestServer.StartAsync(_store, ("PEPPER", Convert.ToBase64String(_pepper))))
        {
            foreach (var keys in _keys.Chunk(20))
            {
                var sets = await Task.WhenAll(keys.Select(key => server.Http.PutKvAsync(JsonSerializer.Serialize(new { key, value = $"value of {key}" }))));
                sets.Should().OnlyContain(set => set.IsSuccessStatusCode);
            }
        }

        await using var connection = new SqliteConnection($"Data Source={_store.Location};Pooling=false");
        await connection.OpenAsync();
        _rows = await ReadAsync(connection, "SELECT database_id, lookup, version, expires_at, flags, sealed FROM entries", row => new StolenRow(
            row.GetInt32(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2), row.IsDBNull(3) ? null : row.GetInt64(3), row.GetInt32(4), row.GetFieldValue<byte[]>(5)));
        _ofStore = await ReadAsync(
            connection, "SELECT pepper_fingerprint FROM store UNION ALL SELECT store_key_pepper FROM store UNION ALL SELECT store_key FROM store", row => row.GetFieldValue<byte[]>(0));
        _wrapped = _ofStore[2];
    }

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [Test]
    public void Nothing_in_the_file_opens_a_row()
    {
        // From all rows what they have in common, and from each row everything that is its own.
        List<byte[]> common = [.. _ofStore, .. _rows.Take(20).SelectMany(LootOf)];

        var opened = _rows.Sum(row => row.OpensWith([.. common, .. LootOf(row)]));

        _rows.Should().HaveCount(Rows);
        opened.Should().Be(0);
    }

    [Test]
    public void A_guessed_key_opens_nothing_without_the_pepper()
    {
        StoreKey[] others =
        [
            StoreKey.None, StoreKey.FromBytes(_wrapped[12..44]), StoreKey.FromBytes(_ofStore[0]), StoreKey.FromBytes(_ofStore[1]),
            StoreKey.FromBytes(new byte[32]), StoreKey.FromBytes(RandomNumberGenerator.GetBytes(32)),
        ];

        Opened(others).Should().Be(0);
        StoreKey.TryUnwrap(_wrapped, new Pepper(RandomNumberGenerator.GetBytes(32)), out _).Should().BeFalse();
        StoreKey.TryUnwrap(_wrapped, new Pepper(_pepper), out var storeKey).Should().BeTrue();
        Opened([storeKey!]).Should().Be(Rows, "with the pepper each key should open its row, otherwise this proves nothing");
    }

    [Test]
    public async Task The_file_contains_no_key_no_value_and_no_pepper()
    {
        var file = Encoding.Latin1.GetString(await TestStore.ReadFileAsync(_store.Location));

        file.Should().NotContain("password").And.NotContain("value of");
        file.Contains(Encoding.Latin1.GetString(_pepper), StringComparison.Ordinal).Should().BeFalse();
    }

    private int Opened(IEnumerable<StoreKey> storeKeys)
    {
        var places = _rows.ToDictionary(row => Convert.ToHexString(row.Lookup));
        var opened = 0;
        foreach (var storeKey in storeKeys)
        {
            var cipher = new EntryCipher(storeKey);
            foreach (var key in _keys)
            {
                SecretKey.TryCreate(key, out var secret).Should().BeTrue();
                using var keys = cipher.Derive(0, secret!);

                // An attacker who does not find the row tries all rows. One in ten is enough here.
                var candidates = places.TryGetValue(Convert.ToHexString(keys.Id.Lookup), out var row) ? [row] : _rows.Where((_, index) => index % 10 == 0);
                opened += candidates.Count(candidate => EntryCipher.TryOpenInPlace(keys, candidate.ToEntry(), out _));
            }
        }

        return opened;
    }

    private static IEnumerable<byte[]> LootOf(StolenRow row) =>
    [
        row.Lookup, row.Lookup[16..], [.. row.Lookup.Reverse()], row.Version, row.Sealed, row.Sealed[^16..],
        [.. row.Lookup, .. row.Version], SHA256.HashData(row.Sealed), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(row.Lookup)),
        Encoding.ASCII.GetBytes(Convert.ToBase64String(row.Lookup)),
    ];

    private static async Task<List<T>> ReadAsync<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var row = await command.ExecuteReaderAsync();
        var found = new List<T>();
        while (await row.ReadAsync())
        {
            found.Add(read(row));
        }

        return found;
    }
}
