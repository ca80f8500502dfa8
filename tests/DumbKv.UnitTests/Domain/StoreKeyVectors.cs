using System.Text.Json;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using FluentAssertions;

namespace DumbKv.UnitTests.Domain;

/// <summary>
/// Store keys as a store holds them, each with an entry, computed by another implementation. The format is fixed, so these never change.
/// </summary>
public sealed class StoreKeyVectors
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [TestCaseSource(nameof(Vectors))]
    public void The_row_of_the_store_opens_with_its_pepper_to_the_store_key(Vector vector)
    {
        var stored = vector.Stored();
        var pepper = vector.Pepper();

        stored.HasPepper.Should().Be(pepper is not null);
        var (key, _, fault) = stored.Open(pepper, null);

        fault.Should().Be(StoredKeyFault.None);
        Convert.ToHexStringLower(key!.ToBytes()).Should().Be(vector.StoreKeyHex);
    }

    [TestCaseSource(nameof(Vectors))]
    public void The_row_of_the_store_does_not_open_with_another_pepper(Vector vector)
    {
        var other = new Pepper([.. Enumerable.Range(1, 32).Select(value => (byte)value)]);

        vector.Stored().Open(other, null).Fault.Should().NotBe(StoredKeyFault.None);
    }

    [TestCaseSource(nameof(Vectors))]
    public void The_pepper_has_the_fingerprint(Vector vector)
    {
        if (vector.Pepper() is { } pepper)
        {
            Convert.ToHexStringLower(pepper.Fingerprint).Should().Be(vector.FingerprintHex);
        }
    }

    [TestCaseSource(nameof(Vectors))]
    public void The_wrapped_key_unwraps(Vector vector)
    {
        if (vector.WrappedHex is not { } wrapped)
        {
            return;
        }

        StoreKey.TryUnwrap(Convert.FromHexString(wrapped), vector.Pepper()!, out var key).Should().BeTrue();
        Convert.ToHexStringLower(key!.ToBytes()).Should().Be(vector.StoreKeyHex);
    }

    [TestCaseSource(nameof(Vectors))]
    public void The_entry_opens_with_the_store_key_and_seals_to_the_same_bytes(Vector vector)
    {
        var (key, _, _) = vector.Stored().Open(vector.Pepper(), null);
        var expected = vector.Entry;
        SecretKey.TryCreate(expected.Key, out var secret).Should().BeTrue();
        using var keys = new EntryCipher(key!).Derive(expected.Database, secret!);

        Convert.ToHexStringLower(keys.Id.Lookup).Should().Be(expected.LookupHex);
        EntryCipher.TryOpenInPlace(keys, expected.ToEntry(), out var value).Should().BeTrue();
        Convert.ToHexStringLower(value.Span).Should().Be(expected.ValueHex);
        var again = EntryCipher.Seal(
            keys, Convert.FromHexString(expected.ValueHex), expected.ExpiresAt, (EntryFlags)expected.Flags, EntryVersion.FromBytes(Convert.FromHexString(expected.VersionHex)));
        Convert.ToHexStringLower(again.Sealed.Span).Should().Be(expected.SealedHex);
    }

    private static IEnumerable<TestCaseData> Vectors()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Data", "store-key-vectors.json");
        return JsonSerializer.Deserialize<Vector[]>(File.ReadAllText(path), SnakeCase)!.Select(vector => new TestCaseData(vector).SetArgDisplayNames(vector.What));
    }

    public sealed class Vector
    {
        public required string What { get; init; }

        public required string StoreKeyHex { get; init; }

        public required string PepperHex { get; init; }

        public string? FingerprintHex { get; init; }

        public string? WrappedHex { get; init; }

        public required StoreRow Row { get; init; }

        public required EntryRow Entry { get; init; }

        internal Pepper? Pepper() => PepperHex.Length == 0 ? null : new Pepper(Convert.FromHexString(PepperHex));

        internal StoredKey Stored() => new(Bytes(Row.StoreKey), Bytes(Row.StoreKeyPepper), Bytes(Row.PepperFingerprint), Row.FirstPepperIsStoreKey);

        private static byte[]? Bytes(string? hex) => hex is null ? null : Convert.FromHexString(hex);
    }

    /// <summary>The columns of the table store.</summary>
    public sealed class StoreRow
    {
        public required string? StoreKey { get; init; }

        public required string? StoreKeyPepper { get; init; }

        public required string? PepperFingerprint { get; init; }

        public required bool FirstPepperIsStoreKey { get; init; }
    }

    /// <summary>An entry, and the columns of its row.</summary>
    public sealed class EntryRow
    {
        public required string Key { get; init; }

        public required int Database { get; init; }

        public required string LookupHex { get; init; }

        public required string VersionHex { get; init; }

        public required long? ExpiresAt { get; init; }

        public required int Flags { get; init; }

        public required string ValueHex { get; init; }

        public required string SealedHex { get; init; }

        internal Entry ToEntry() => new()
        {
            Database = Database,
            Lookup = Convert.FromHexString(LookupHex),
            Version = Convert.FromHexString(VersionHex),
            ExpiresAt = ExpiresAt,
            Flags = (EntryFlags)Flags,
            Sealed = Convert.FromHexString(SealedHex),
        };
    }
}
