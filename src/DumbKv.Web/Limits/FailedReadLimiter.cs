using System.Collections.Concurrent;

namespace DumbKv.Web.Limits;

/// <summary>
/// Limits the failed reads of each client per minute, because guessing keys is the attack on a store like this. A client is a token
/// that may read, or else an address. Successful reads do not count. Each process counts for itself.
/// </summary>
/// <remarks>
/// A read that is in progress can fail. So a client never has more reads in progress than failed reads are left to it. Further
/// reads wait a moment for the outcome of these.
/// </remarks>
public sealed class FailedReadLimiter
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<object, Client> _clients = new(); // By the name of a token (string), or by IPAddress.
    private readonly int _limit;
    private readonly TimeProvider _time;
    private long _lastCleanup;

    /// <param name="missesPerMinute">MISSES_PER_MINUTE; 0: no limit.</param>
    /// <param name="time">The clock of the minutes.</param>
    public FailedReadLimiter(int missesPerMinute, TimeProvider time) => (_limit, _time, _lastCleanup) = (missesPerMinute, time, time.GetTimestamp());

    /// <summary>Begins a read. The caller disposes the permit when the outcome of the read is known.</summary>
    /// <param name="http">The request.</param>
    /// <param name="token">The name of its token, if that may read. Null: its address counts.</param>
    public ValueTask<ReadPermit> AcquireAsync(HttpContext http, string? token)
    {
        if (_limit == 0)
        {
            return new(ReadPermit.Unlimited);
        }

        RemoveOldClients();
        object key = token is null ? ClientAddress.ForLimits(http.Connection.RemoteIpAddress) : token;
        while (true)
        {
            var client = _clients.GetOrAdd(key, static (_, limiter) => new Client(limiter._limit, limiter._time), this);
            if (client.TryBegin(out var retryAfter, out var waiter))
            {
                return new(ReadPermit.For(client));
            }

            if (waiter is not null)
            {
                return WaitAsync(client, waiter, http.RequestAborted);
            }

            if (retryAfter > 0)
            {
                return new(ReadPermit.Refused(retryAfter));
            }

            // The client was removed meanwhile.
        }
    }

    private async ValueTask<ReadPermit> WaitAsync(Client client, TaskCompletionSource<bool> waiter, CancellationToken cancellationToken)
    {
        try
        {
            if (await waiter.Task.WaitAsync(MaxWait, _time, cancellationToken))
            {
                return ReadPermit.For(client);
            }
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            if (!waiter.TrySetResult(false) && await waiter.Task)
            {
                return ReadPermit.For(client); // It was admitted at the last moment.
            }
        }

        return ReadPermit.Refused(client.RetryAfter());
    }

    /// <summary>Forgets clients without a read in progress and without failed reads that still count.</summary>
    private void RemoveOldClients()
    {
        var last = Interlocked.Read(ref _lastCleanup);
        if (_time.GetElapsedTime(last) < Window || Interlocked.CompareExchange(ref _lastCleanup, _time.GetTimestamp(), last) != last)
        {
            return;
        }

        foreach (var (key, client) in _clients)
        {
            if (client.TryRetire())
            {
                _clients.TryRemove(KeyValuePair.Create(key, client));
            }
        }
    }

    /// <summary>The reads of one client. In progress and failed together are never more than the limit.</summary>
    internal sealed class Client(int limit, TimeProvider time)
    {
        private readonly Lock _lock = new();
        private Queue<TaskCompletionSource<bool>>? _waiting;
        private int _inProgress;
        private int _misses;
        private long _firstMiss;
        private bool _isRetired;

        /// <param name="retryAfter">Seconds until this client may read again, if its limit is reached.</param>
        /// <param name="waiter">Completes with whether the read may begin, if others have to end first.</param>
        public bool TryBegin(out int retryAfter, out TaskCompletionSource<bool>? waiter)
        {
            (retryAfter, waiter) = (0, null);
            lock (_lock)
            {
                if (_isRetired)
                {
                    return false;
                }

                StartNewWindow();
                if (_misses == limit)
                {
                    retryAfter = SecondsLeft();
                    return false;
                }

                if (_inProgress + _misses < limit)
                {
                    _inProgress++;
                    return true;
                }

                waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
                (_waiting ??= []).Enqueue(waiter);
                return false;
            }
        }

        public void End(bool isMiss)
        {
            lock (_lock)
            {
                StartNewWindow();
                _inProgress--;
                if (isMiss && _misses++ == 0)
                {
                    _firstMiss = time.GetTimestamp();
                }

                while (_waiting is { Count: > 0 } && (_misses == limit || _inProgress + _misses < limit))
                {
                    // False if it no longer waits.
                    if (_waiting.Dequeue().TrySetResult(_misses < limit) && _misses < limit)
                    {
                        _inProgress++;
                    }
                }
            }
        }

        /// <summary>For a read that waited in vain.</summary>
        public int RetryAfter()
        {
            lock (_lock)
            {
                StartNewWindow();
                return _misses == limit ? SecondsLeft() : 1;
            }
        }

        public bool TryRetire()
        {
            lock (_lock)
            {
                StartNewWindow();
                return _isRetired = _inProgress == 0 && _misses == 0;
            }
        }

        private void StartNewWindow()
        {
            if (_misses > 0 && time.GetElapsedTime(_firstMiss) >= Window)
            {
                _misses = 0;
            }
        }

        private int SecondsLeft() => Math.Max(1, (int)Math.Ceiling((Window - time.GetElapsedTime(_firstMiss)).TotalSeconds));
    }
}

/// <summary>The permission for one read, or its refusal. Ends the read when it is disposed.</summary>
public sealed class ReadPermit : IDisposable
{
    private readonly FailedReadLimiter.Client? _client;
    private bool _isMiss;

    private ReadPermit(FailedReadLimiter.Client? client, int retryAfter) => (_client, RetryAfter) = (client, retryAfter);

    /// <summary>The read may not begin: too many reads of this client have failed.</summary>
    public bool IsRefused => RetryAfter > 0;

    /// <summary>If it is refused: seconds until the client can read again.</summary>
    public int RetryAfter { get; }

    internal static ReadPermit Unlimited { get; } = new(null, 0);

    /// <summary>The read found nothing.</summary>
    public void CountMiss() => _isMiss = true;

    public void Dispose() => _client?.End(_isMiss);

    internal static ReadPermit For(FailedReadLimiter.Client client) => new(client, 0);

    internal static ReadPermit Refused(int retryAfter) => new(null, retryAfter);
}
