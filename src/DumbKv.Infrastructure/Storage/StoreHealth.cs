using DumbKv.Application;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace DumbKv.Infrastructure.Storage;

/// <summary>Whether the store can be used. The initialization sets it once, and readiness asks the database again and again.</summary>
internal sealed partial class StoreHealth(IDatabase database, TimeProvider time, ILogger<StoreHealth> logger) : IStoreHealth
{
    private const string Silence = "the database does not answer";

    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(1);

    /// <summary>Less than the 3 seconds that a probe waits. A database that does not answer may hold the query for longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _notReady = "the store is being prepared";
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

    /// <summary>The store has grown past MAX_STORE_BYTES.</summary>
    public bool IsFull
    {
        get => _isFull;
        set => _isFull = value;
    }

    /// <summary>The server is stopping: it is not ready, and still serves.</summary>
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
            throw new StoreFullException("The store has reached the size that its operator has set, and takes no new values until there is room. Delete some, or ask for more.");
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

        // One query a second, for any number of probes.
        if (_last is { } last && time.GetElapsedTime(last.Timestamp) < CacheTime)
        {
            return last.Fault;
        }

        // Probes share one query. A database that does not answer it gets no second one.
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

    /// <summary>The timeouts of the database end it.</summary>
    private async Task<string?> AskAsync()
    {
        try
        {
            return Note(await database.RunAsync(context => context.Store.AsNoTracking().AnyAsync(), CancellationToken.None)
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
                LogChange(fault ?? "it is back");
            }

            _last = new Answer(fault, time.GetTimestamp());
            return fault;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The store changed its state: {State}")]
    private partial void LogChange(string state);

    private sealed record Answer(string? Fault, long Timestamp);
}
