using System.Text;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using Microsoft.Extensions.Time.Testing;

namespace DumbKv.UnitTests.Application;

/// <summary>The use cases of requests on a store in memory, and their effects.</summary>
internal sealed class UseCases : IAuditTrail, IReadBudget, IDisposable
{
    public const int MaxValueBytes = 100;

    private readonly RecordedMetrics _recorded = new();

    public InMemoryStore Store { get; } = new();

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public RecordedMetrics Metrics => _recorded;

    public RecordedLog<GetEntryHandler> Log { get; } = new();

    /// <summary>The ids that the audit trail has recorded.</summary>
    public List<EntryId> Audited { get; } = [];

    /// <summary>The bytes that the reads have reserved.</summary>
    public List<int> Reserved { get; } = [];

    /// <summary>Maximum number of bytes that all reads together can reserve.</summary>
    public int Budget { get; set; } = int.MaxValue;

    public EntryLimits Limits { get; set; } = new(MaxValueBytes, TimeSpan.FromDays(7));

    public EntryCipher Cipher { get; } = new(StoreKey.New());

    public static SecretKey Key(string text = "k") => SecretKey.TryCreate(text, out var key) ? key : throw new ArgumentException("not a key");

    public static string TextOf(GetResult result) => Encoding.UTF8.GetString(result.Value.Span);

    public ValueTask<PutResult> PutAsync(PutEntry command, CancellationToken cancellationToken = default) =>
        new PutEntryHandler(Cipher, Store, Limits, Time, Metrics.Metrics).HandleAsync(command, this, cancellationToken);

    public ValueTask<PutResult> PutAsync(
        string value = "v", string key = "k", bool once = false, bool binary = false, int? ttl = null, bool overwrite = false, Precondition? condition = null) =>
        PutAsync(Put(value, key, once, binary, ttl, overwrite, condition));

    public static PutEntry Put(
        string value = "v", string key = "k", bool once = false, bool binary = false, int? ttl = null, bool overwrite = false, Precondition? condition = null) => new()
        {
            Database = 0,
            Key = Key(key),
            Value = Encoding.UTF8.GetBytes(value),
            Once = once,
            Binary = binary,
            TimeToLive = ttl is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Overwrite = overwrite,
            Precondition = condition ?? Precondition.None,
        };

    public ValueTask<GetResult> GetAsync(string key = "k", int database = 0, bool peek = false, CancellationToken cancellationToken = default) =>
        new GetEntryHandler(Cipher, Store, Limits, Time, Metrics.Metrics, Log).HandleAsync(new GetEntry(database, Key(key), peek), this, this, cancellationToken);

    public ValueTask<DeleteOutcome> DeleteAsync(Precondition? condition = null, CancellationToken cancellationToken = default) =>
        new DeleteEntryHandler(Cipher, Store, Time, Metrics.Metrics)
            .HandleAsync(new DeleteEntry(0, Key(), condition ?? Precondition.None), this, cancellationToken);

    public EntryId IdOf(string key = "k", int database = 0)
    {
        using var keys = Cipher.Derive(database, Key(key));
        return keys.Id;
    }

    public void RecordEntry(EntryId id) => Audited.Add(id);

    public bool TryReserve(int bytes)
    {
        if (bytes > Budget - Reserved.Sum())
        {
            return false;
        }

        Reserved.Add(bytes);
        return true;
    }

    public void Dispose() => _recorded.Dispose();
}
