using BenchmarkDotNet.Attributes;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;

namespace DumbKv.Bench.Micro;

/// <summary>The cost of format 1: each request derives keys, a write seals, a read opens.</summary>
[MemoryDiagnoser]
public class CipherBenchmarks
{
    private readonly EntryCipher _cipher = new(StoreKey.New());
    private byte[] _value = [];
    private SecretKey _key = null!;
    private EntryKeys _keys = null!;
    private Entry _entry = null!;

    [Params(16, 1_024, 1_048_576)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        SecretKey.TryCreate("a key of usual length", out var key);
        _value = new byte[Bytes];
        _key = key!;
        _keys = _cipher.Derive(0, _key);
        _entry = Seal();
    }

    [Benchmark]
    public void Derive() => _cipher.Derive(0, _key).Dispose();

    [Benchmark]
    public Entry Seal() => EntryCipher.Seal(_keys, _value, expiresAt: null, EntryFlags.None);

    /// <summary>With a copy of the row, because its ciphertext is overwritten. A server copies it from the database.</summary>
    [Benchmark]
    public bool Open() => EntryCipher.TryOpenInPlace(_keys, Copy(_entry), out _);

    private static Entry Copy(Entry entry) => new()
    {
        Database = entry.Database,
        Lookup = entry.Lookup,
        Version = entry.Version,
        ExpiresAt = entry.ExpiresAt,
        Flags = entry.Flags,
        Sealed = entry.Sealed.ToArray(),
    };
}
