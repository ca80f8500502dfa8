using System.Diagnostics;
using System.Net;

namespace DumbKv.Web.Limits;

/// <summary>
/// Bounds the open connections, in all and of each client address, so that one address cannot use up all of them. At a limit the
/// connection that has been idle longest is closed for the new one. If none is idle, the new one is refused.
/// </summary>
/// <remarks>
/// To open a connection and close it for another one costs several times as much as to refuse it. So an address that is at its limit
/// gets a small number of new connections per second, and a flood of idle connections leaves the processor to other addresses.
/// </remarks>
/// <param name="maxConnections">Maximum number of connections. A client address may have a quarter of them.</param>
/// <param name="isExempt">Addresses that have no limit of their own: a proxy carries the requests of many clients.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectionLimiter(int maxConnections, Predicate<IPAddress> isExempt, TimeProvider time)
{
    public const int ShareOfClient = 4;

    /// <summary>Maximum number of idle connections of an address at its limit that are closed for new ones of the same address.</summary>
    public const int MaxReplacedPerSecond = 100;

    private readonly Lock _lock = new();
    private readonly HashSet<LimitedConnection> _connections = [];
    private readonly Dictionary<IPAddress, Client> _clients = [];

    /// <summary>Admits a connection.</summary>
    /// <param name="remote">The connection's remote address; null for a unix socket, which only local programs reach.</param>
    /// <param name="close">Closes the connection at once. Called at most once, after a newer connection took its place.</param>
    /// <param name="evicted">The idle connection that has lost its place and must be closed by the caller.</param>
    /// <returns>Null if the connection is refused.</returns>
    public LimitedConnection? TryAdd(IPAddress? remote, Action close, out LimitedConnection? evicted)
    {
        var address = remote is null || isExempt(ClientAddress.Unmap(remote)!) ? null : ClientAddress.ForLimits(remote);
        lock (_lock)
        {
            var client = address is null ? null : _clients.GetValueOrDefault(address);
            evicted = null;
            if (client?.Connections.Count >= maxConnections / ShareOfClient)
            {
                evicted = client.MayReplace(time) ? EvictLongestIdle(client.Connections) : null;
            }
            else if (_connections.Count >= maxConnections)
            {
                evicted = EvictLongestIdle(_connections);
            }
            else
            {
                return Add(address, close);
            }

            return evicted is null ? null : Add(address, close);
        }
    }

    /// <summary>Called when the connection has ended.</summary>
    public void Remove(LimitedConnection connection)
    {
        lock (_lock)
        {
            if (_connections.Remove(connection) && connection.Client is { } address && _clients[address].Connections is var own)
            {
                own.Remove(connection);
                if (own.Count == 0)
                {
                    _clients.Remove(address);
                }
            }
        }
    }

    private LimitedConnection Add(IPAddress? address, Action close)
    {
        var connection = new LimitedConnection(address, close);
        _connections.Add(connection);
        if (address is null)
        {
            return connection;
        }

        if (!_clients.TryGetValue(address, out var client))
        {
            _clients.Add(address, client = new Client());
        }

        client.Connections.Add(connection);
        return connection;
    }

    // Looks at each connection: only a flood gets here, and a list in order of idleness would cost every request.
    private LimitedConnection? EvictLongestIdle(HashSet<LimitedConnection> connections)
    {
        while (true)
        {
            LimitedConnection? longest = null;
            foreach (var connection in connections)
            {
                if (connection.IsIdle && (longest is null || connection.IdleSince < longest.IdleSince))
                {
                    longest = connection;
                }
            }

            if (longest is null)
            {
                return null;
            }

            if (longest.TryEvict())
            {
                Remove(longest);
                return longest;
            }

            // A request has begun on it meanwhile.
        }
    }

    private sealed class Client
    {
        private long _second = long.MinValue;
        private int _replaced;

        public HashSet<LimitedConnection> Connections { get; } = [];

        /// <summary>Counts the attempt.</summary>
        public bool MayReplace(TimeProvider time)
        {
            var second = time.GetTimestamp() / time.TimestampFrequency;
            if (second != _second)
            {
                (_second, _replaced) = (second, 0);
            }

            return ++_replaced <= MaxReplacedPerSecond;
        }
    }
}

/// <summary>A connection that counts. It is idle while no request is in progress: the time that headers take to arrive is idle time.</summary>
/// <param name="client">What the connection counts for; null if its address has no limit of its own.</param>
/// <param name="close">Closes the connection at once.</param>
internal sealed class LimitedConnection(IPAddress? client, Action close)
{
    private const int Evicted = int.MinValue / 2;

    private int _requests;
    private long _idleSince = Stopwatch.GetTimestamp();

    public IPAddress? Client { get; } = client;

    public bool IsIdle => Volatile.Read(ref _requests) == 0;

    /// <summary>As <see cref="Stopwatch.GetTimestamp"/> says.</summary>
    public long IdleSince => Volatile.Read(ref _idleSince);

    /// <summary>False if the connection is being closed: the request must have no effect, because its response would be lost.</summary>
    public bool TryBeginRequest() => Interlocked.Increment(ref _requests) > 0;

    public void EndRequest()
    {
        Volatile.Write(ref _idleSince, Stopwatch.GetTimestamp());
        Interlocked.Decrement(ref _requests);
    }

    public bool TryEvict() => Interlocked.CompareExchange(ref _requests, Evicted, 0) == 0;

    public void Close() => close();
}
