using System.Diagnostics;
using System.Diagnostics.Metrics;
using DumbKv.Application.Entries;

namespace DumbKv.Application;

/// <summary>The meter "DumbKv". No key, value, token or database number is ever a tag. A token's name is one.</summary>
public sealed class KvMetrics
{
    public const string MeterName = "DumbKv";

    public const string TokenRequestsName = "dumbkv.token_requests";

    // In seconds. They are fine below 5 ms, where most operations of a healthy store are.
    private static readonly double[] DurationBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Meter _meter;
    private readonly Counter<long> _operations;
    private readonly Histogram<double> _duration;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _writeWait;
    private readonly Counter<long> _integrityFailures;
    private readonly Counter<long> _swept;
    private readonly Counter<long> _tokenRequests;
    private readonly Counter<long> _limitedConnections;
    private long _backlog;
    private double _lag;
    private long _storeBytes;
    private long _storeLimit;
    private long _walBytes = -1;
    private volatile bool _isPepperMissing;
    private volatile bool _isTokensFileInvalid;

    public KvMetrics(IMeterFactory meters, string version)
    {
        var meter = _meter = meters.Create(MeterName);

        _operations = meter.CreateCounter<long>("dumbkv.operations", "{operation}", "Operations on entries, by kind and outcome.");
        _duration = meter.CreateHistogram(
            "dumbkv.operation.duration", "s", "Duration of an operation in the server, including its wait for the store.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets });
        _batchSize = meter.CreateHistogram(
            "dumbkv.write_batch_size", "{write}", "Number of writes that shared a transaction and its fsync. On SQLite this includes the sweeper's deletes.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] });
        _writeWait = meter.CreateHistogram(
            "dumbkv.write_wait", "s", "Time from a write's arrival in the queue until it is on disk. On SQLite this includes the sweeper's deletes.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets });
        _integrityFailures = meter.CreateCounter<long>("dumbkv.integrity_failures", "{entry}", "Reads of a row that was altered or moved in the database.");
        _integrityFailures.Add(0); // Exported from the first scrape, so that an alert can tell zero from absent.

        _swept = meter.CreateCounter<long>("dumbkv.swept_entries", "{entry}", "Rows of expired entries and old receipts that this server removed.");
        _swept.Add(0);
        meter.CreateObservableGauge("dumbkv.expired_backlog", () => Volatile.Read(ref _backlog), "{entry}", "Expired rows and old receipts that were not removed yet at this server's last measurement.");
        meter.CreateObservableGauge(
            "dumbkv.expired_lag", () => Volatile.Read(ref _lag), "s", "Time since the oldest of these rows became due, at this server's last measurement.");

        meter.CreateObservableGauge(
            "dumbkv.store_size", () => Volatile.Read(ref _storeBytes), "By", "Size of the entries at this server's last measurement, without reusable free space.");

        // Without a limit the gauge has no value, so that alerts that divide by it do not fire.
        meter.CreateObservableGauge(
            "dumbkv.store_limit", () => Volatile.Read(ref _storeLimit) is > 0 and var limit ? [new Measurement<long>(limit)] : Array.Empty<Measurement<long>>(),
            "By", "Maximum size of the entries (MAX_STORE_BYTES).");

        // Other stores have no write-ahead log of their own.
        meter.CreateObservableGauge(
            "dumbkv.wal_size", () => Volatile.Read(ref _walBytes) is >= 0 and var bytes ? [new Measurement<long>(bytes)] : Array.Empty<Measurement<long>>(),
            "By", "Size of SQLite's write-ahead log at this server's last measurement.");

        meter.CreateObservableGauge(
            "dumbkv.pepper_missing", () => _isPepperMissing ? 1 : 0, unit: null,
            "1 if this server has a pepper and the store key in the database is not encrypted, at this server's last measurement.");

        _limitedConnections = meter.CreateCounter<long>("dumbkv.limited_connections", "{connection}", "Connections that were refused, or closed while idle, because the client address or the server had too many.");
        _limitedConnections.Add(0);

        _tokenRequests = meter.CreateCounter<long>(TokenRequestsName, "{request}", "Requests that were sent with a token or needed one, by the token's name and outcome.");
        meter.CreateObservableGauge(
            "dumbkv.tokens_file_invalid", () => _isTokensFileInvalid ? 1 : 0, unit: null,
            "1 if TOKENS_FILE cannot be used now, so that this server keeps the tokens that it had.");

        meter.CreateObservableGauge(
            "dumbkv.build_info", () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", version)),
            unit: null, "Always 1. The label is the running version.");
    }

    /// <param name="size">The number of writes in the transaction.</param>
    /// <param name="arrivals">The time of each write's arrival, as <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void WroteBatch(int size, IEnumerable<long> arrivals)
    {
        _batchSize.Record(size);
        foreach (var arrival in arrivals)
        {
            _writeWait.Record(Stopwatch.GetElapsedTime(arrival).TotalSeconds);
        }
    }

    public void SetStoreLimit(long bytes) => Volatile.Write(ref _storeLimit, bytes);

    public void SetStoreSize(long bytes) => Volatile.Write(ref _storeBytes, bytes);

    /// <param name="bytes">Null: the store has no write-ahead log.</param>
    public void SetWalSize(long? bytes) => Volatile.Write(ref _walBytes, bytes ?? -1);

    public void LimitedConnection() => _limitedConnections.Add(1);

    public void SetPepperMissing(bool isMissing) => _isPepperMissing = isMissing;

    public void SetTokensFileInvalid(bool isInvalid) => _isTokensFileInvalid = isInvalid;

    /// <param name="token">The token's name. Null: the request has no token that the server knows.</param>
    /// <param name="outcome">"accepted", or why the request was refused.</param>
    public void TokenRequest(string? token, string outcome)
    {
        var tag = new KeyValuePair<string, object?>("outcome", outcome);
        if (token is null)
        {
            _tokenRequests.Add(1, tag);
        }
        else
        {
            _tokenRequests.Add(1, new KeyValuePair<string, object?>("token", token), tag);
        }
    }

    /// <param name="count">Lines that were dropped since the start.</param>
    public void ObserveDroppedLogLines(Func<long> count) => _meter.CreateObservableCounter(
        "dumbkv.log_lines_dropped", count, "{line}", "Lines of the log and the audit log that were dropped, because standard output did not take them.");

    public void IntegrityFailure() => _integrityFailures.Add(1);

    public void Swept(long rows) => _swept.Add(rows);

    public void Backlog(ExpiredBacklog backlog, DateTimeOffset now)
    {
        Volatile.Write(ref _backlog, backlog.Count);
        Volatile.Write(ref _lag, backlog.Oldest is { } oldest ? (now - oldest).TotalSeconds : 0);
    }

    /// <summary>Times an operation. An operation that is disposed without an outcome counts as "failed".</summary>
    /// <param name="kind">"get", "peek", "set" or "delete".</param>
    public Operation Start(string kind) => new(this, kind);

    public sealed class Operation(KvMetrics metrics, string kind) : IDisposable
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private string _outcome = "failed";

        /// <returns><paramref name="outcome"/>.</returns>
        public GetOutcome Complete(GetOutcome outcome)
        {
            _outcome = outcome switch
            {
                GetOutcome.Found => "found",
                GetOutcome.Missing => "missing",
                GetOutcome.AlreadyRead => "already_read",
                GetOutcome.Damaged => "damaged",
                _ => throw new UnreachableException(),
            };
            return outcome;
        }

        /// <returns><paramref name="outcome"/>.</returns>
        public PutOutcome Complete(PutOutcome outcome)
        {
            _outcome = outcome switch
            {
                PutOutcome.Stored => "stored",
                PutOutcome.Exists => "exists",
                PutOutcome.PreconditionFailed => "precondition_failed",
                PutOutcome.TooLarge => "too_large",
                _ => throw new UnreachableException(),
            };
            return outcome;
        }

        /// <returns><paramref name="outcome"/>.</returns>
        public DeleteOutcome Complete(DeleteOutcome outcome)
        {
            _outcome = outcome switch
            {
                DeleteOutcome.Deleted => "deleted",
                DeleteOutcome.Missing => "missing",
                DeleteOutcome.PreconditionFailed => "precondition_failed",
                _ => throw new UnreachableException(),
            };
            return outcome;
        }

        public void Dispose()
        {
            var operation = new KeyValuePair<string, object?>("operation", kind);
            metrics._operations.Add(1, operation, new KeyValuePair<string, object?>("outcome", _outcome));
            metrics._duration.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, operation);
        }
    }
}
