using DumbKv.Application;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure.Storage;

/// <summary>Whether the store can be used. The initialization sets it once, and readiness queries the database regularly.</summary>
internal sealed partial class StoreHealth(IDatabase database, TimeProvider time, ILogger<StoreHealth> logger) : IStoreHealth
{
    private const string Silence = "the database does not answer";

    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(1);

    /// <summary>Less than the 3 seconds that a probe waits. The query can take longer if the database does not answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _notReady = "the store is being initialized";
    private volatile bool _isFull;
    private volatile Answer? _last;
    private Task<string?>? _asking;

    /// <summary>What the initialization waits for. Null when the store is ready.</summary>
    public string? NotReady
    {
        get => _notReady;
        set
        {
            _notReady = value;
            if (value is null)
            {
                _ready.TrySetResult();
            }
        }
    }

    /// <summary>Completes when the store is ready.</summary>
    public Task Ready => _ready.Task;

    /// <summary>The store is larger than MAX_STORE_BYTES.</summary>
    public bool IsFull
    {
        get => _isFull;
        set => _isFull = value;
    }

    /// <summary>The server is stopping: it is not ready, but still serves.</summary>
    public bool IsStopping { get; set; }

    public void ThrowIfNotReady()
    {
        if (_notReady is not null)
        {
            throw new StoreUnavailableException("The server is starting. Try again in a moment.");
        }
    }

    /// <summary>For writes of new values. Reads and deletes are not refused.</summary>
    public void ThrowIfFull()
    {
        if (_isFull)
        {
            throw new StoreFullException("The store has reached its size limit and cannot store new values. Delete entries, or ask the operator for a larger limit.");
        }
    }

    public async ValueTask<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        if (_notReady is { } reason)
        {
            return reason;
        }

        if (IsStopping)
        {
            return "the server is stopping";
        }

        // At most one query per second, for any number of probes.
        if (_last is { } last && time.GetElapsedTime(last.Timestamp) < CacheTime)
        {
            return last.Fault;
        }

        // Probes share one query. If the database does not answer it, no second one starts.
        Task<string?> asking;
        lock (_lock)
        {
            asking = _asking is { IsCompleted: false } ? _asking : _asking = Task.Run(AskAsync, CancellationToken.None);
        }

        try
        {
            return await asking.WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            return Note(Silence);
        }
    }

    /// <summary>The timeouts of the database bound its duration.</summary>
    private async Task<string?> AskAsync()
    {
        try
        {
            return Note(await database.RunAsync(context => context.Database.ScalarAsync<long>("SELECT count(*) FROM store", CancellationToken.None), CancellationToken.None) > 0
                ? null
                : "the store has no row in its table store");
        }
        catch (Exception)
        {
            return Note(Silence);
        }
    }

    private string? Note(string? fault)
    {
        lock (_lock)
        {
            if (fault != _last?.Fault)
            {
                LogChange(fault ?? "ready");
            }

            _last = new Answer(fault, time.GetTimestamp());
            return fault;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The state of the store changed: {State}")]
    private partial void LogChange(string state);

    private sealed record Answer(string? Fault, long Timestamp);
}
