using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>Sends generated requests to a server, several at a time, and collects the responses.</summary>
internal sealed class FuzzRun(ServerProcess server, ulong seed, int count)
{
    private const int Connections = 8;
    private const int FindingsKept = 10;

    /// <summary>HTTP's status for an invalid version. It is the client's fault despite its number.</summary>
    private const int HttpVersionNotSupported = 505;

    private readonly ConcurrentDictionary<int, int> _statuses = new();
    private readonly ConcurrentQueue<string> _findings = new();
    private int _next = -1;
    private int _closed;

    /// <summary>The number of responses of each status.</summary>
    public IReadOnlyDictionary<int, int> Statuses => _statuses;

    /// <summary>Requests with a response that should not occur, and what is needed to send them again.</summary>
    public IReadOnlyCollection<string> Findings => _findings;

    public long EarlyBytes { get; private set; }

    public long LateBytes { get; private set; }

    public TimeSpan Duration { get; private set; }

    public async Task RunAsync()
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(SendAsync)));
        Duration = watch.Elapsed;
        LateBytes = ResidentBytes();
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{count} requests (seed {seed}) in {Duration.TotalSeconds:0} s; answers: {string.Join(", ", _statuses.OrderBy(status => status.Key).Select(status => $"{status.Value} × {status.Key}"))}, none {_closed}; "
            + $"memory {EarlyBytes >> 20} MiB after a fifth, {LateBytes >> 20} MiB at the end");

    private async Task SendAsync()
    {
        using var http = new RawHttp(new IPEndPoint(IPAddress.Loopback, server.Http.BaseAddress!.Port));
        while (Interlocked.Increment(ref _next) is var number && number < count && _findings.Count < FindingsKept)
        {
            if (number == count / 5)
            {
                EarlyBytes = ResidentBytes();
            }

            var request = RequestGenerator.Make(seed, number);
            try
            {
                Keep(number, request, await http.SendAsync(request));
            }
            catch (OperationCanceledException)
            {
                Report(number, request, "was neither answered nor closed");
            }
        }
    }

    private void Keep(int number, FuzzRequest request, IReadOnlyList<int> answers)
    {
        if (answers.Count == 0)
        {
            Interlocked.Increment(ref _closed);
        }

        foreach (var status in answers)
        {
            _statuses.AddOrUpdate(status, 1, static (_, times) => times + 1);
            if (status is >= 500 and not HttpVersionNotSupported)
            {
                Report(number, request, $"was answered {status}");
            }
        }
    }

    private void Report(int number, FuzzRequest request, string what) => _findings.Enqueue($"Request {number} of seed {seed} {what}:\n{request}");

    private long ResidentBytes()
    {
        var line = File.ReadLines($"/proc/{server.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("VmRSS:".Length, line.Length - "VmRSS:".Length - "kB".Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) << 10;
    }
}
