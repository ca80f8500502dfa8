using System.Text;
using System.Text.Json;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

/// <summary>Eight entries computed by another implementation. Format 1 is fixed, so these never change.</summary>
public sealed class FormatOneVectors
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [TestCaseSource(nameof(Vectors))]
    public void A_key_gives_the_lookup_and_the_hashed_key_gives_the_same(Vector vector)
    {
        using var byKey = vector.Keys();
        using var byHash = vector.Cipher().Derive(vector.Database, Convert.FromHexString(vector.HashedKeyHex));

        byKey.Id.Database.Should().Be(vector.Database);
        Convert.ToHexStringLower(byKey.Id.Lookup).Should().Be(vector.LookupHex);
        Convert.ToHexStringLower(byHash.Id.Lookup).Should().Be(vector.LookupHex);
    }

    [TestCaseSource(nameof(Vectors))]
    public void A_value_seals_to_the_ciphertext(Vector vector)
    {
        using var keys = vector.Keys();

        var entry = EntryCipher.Seal(keys, Convert.FromHexString(vector.ValueHex), vector.ExpiresAtUnixMs, vector.Flags, vector.Version());

        Convert.ToHexStringLower(entry.Sealed.Span).Should().Be(vector.CiphertextAndTagHex);
    }

    [TestCaseSource(nameof(Vectors))]
    public void The_ciphertext_opens_to_the_value(Vector vector)
    {
        using var keys = vector.Keys();
        var entry = new Entry
        {
            Database = vector.Database,
            Lookup = Convert.FromHexString(vector.LookupHex),
            Version = Convert.FromHexString(vector.NonceHex),
            ExpiresAt = vector.ExpiresAtUnixMs,
            Flags = vector.Flags,
            Sealed = Convert.FromHexString(vector.CiphertextAndTagHex),
        };

        EntryCipher.TryOpenInPlace(keys, entry, out var value).Should().BeTrue();

        Convert.ToHexStringLower(value.Span).Should().Be(vector.ValueHex);
    }

    [TestCaseSource(nameof(Vectors))]
    public void The_version_is_the_ETag(Vector vector)
    {
        $"\"{vector.Version()}\"".Should().Be(vector.Etag);
    }

    private static IEnumerable<TestCaseData> Vectors()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Data", "crypto-vectors.json");
        var vectors = JsonSerializer.Deserialize<Vector[]>(File.ReadAllText(path), SnakeCase)!;

        return vectors.Select((vector, index) => new TestCaseData(vector).SetArgDisplayNames($"vector {index + 1}"));
    }

    public sealed class Vector
    {
        public required string Key { get; init; }

        public required int Database { get; init; }

        public required string ValueHex { get; init; }

        public required string PepperHex { get; init; }

        public required string NonceHex { get; init; }

        public required long? ExpiresAtUnixMs { get; init; }

        public required bool Once { get; init; }

        public required bool Binary { get; init; }

        public required string HashedKeyHex { get; init; }

        public required string LookupHex { get; init; }

        public required string CiphertextAndTagHex { get; init; }

        public required string Etag { get; init; }

        internal EntryFlags Flags => (Once ? EntryFlags.Once : 0) | (Binary ? EntryFlags.Binary : 0);

        internal EntryVersion Version() => EntryVersion.FromBytes(Convert.FromHexString(NonceHex));

        internal EntryCipher Cipher() => new(PepperHex.Length == 0 ? StoreKey.None : StoreKey.FromBytes(Convert.FromHexString(PepperHex)));

        internal EntryKeys Keys()
        {
            SecretKey.TryCreate(Key, out var key).Should().BeTrue("{0} bytes are a key", Encoding.UTF8.GetByteCount(Key));
            return Cipher().Derive(Database, key!);
        }
    }
}
