using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DumbKv.ReliabilityTests.Linearizability;

/// <summary>
/// Clients that use registers over HTTP, several clients for each register and several registers at a time. A register is one key.
/// After some operations its history is checked, and its clients use the next one.
/// </summary>
internal sealed class RegisterLoad : IDisposable
{
    private const int Registers = 8;
    private const int ClientsPerRegister = 4;

    // The check takes longer the more operations overlap, and one of unknown outcome overlaps all operations after it.
    private const int MostOperations = 150;
    private const int MostUnknown = 10;

    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongPause = TimeSpan.FromMilliseconds(400);

    // HttpClient retries a request only if the connection was closed before it sent any of the body. A server does nothing without the
    // body, and every request has one.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };

    private readonly string _run = Convert.ToHexString(RandomNumberGenerator.GetBytes(6));
    private readonly ConcurrentQueue<string> _violations = [];
    private readonly ConcurrentDictionary<string, int> _unexpected = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _operations;
    private int _registers;
    private int _unknown;
    private int _undecided;

    /// <summary>The servers on the store. A client uses one of them for each register.</summary>
    public Uri[] Servers { get; set; } = [];

    /// <summary>Some servers report a value that was read once as missing.</summary>
    public bool HasServersWithoutReceipts { get; init; }

    /// <summary>The number of operations that were sent so far.</summary>
    public int Operations => Volatile.Read(ref _operations);

    public bool HasFoundViolation => !_violations.IsEmpty;

    /// <summary>Uses registers until <paramref name="isEnough"/> is true.</summary>
    public async Task<LoadResult> RunAsync(Func<bool> isEnough)
    {
        await Task.WhenAll(Enumerable.Range(0, Registers).Select(_ => Task.Run(async () =>
        {
            while (!isEnough())
            {
                await UseRegisterAsync();
            }
        })));

        return new LoadResult(Operations, _registers, _unknown, _undecided, [.. _violations], _unexpected.ToDictionary(), _watch.Elapsed);
    }

    public void Dispose() => _http.Dispose();

    private async Task UseRegisterAsync()
    {
        var number = Interlocked.Increment(ref _registers);
        var register = new Register($"{_run} {number}");
        await Task.WhenAll(Enumerable.Range(0, ClientsPerRegister).Select(client => UseAsync(register, number, client)));
        await ReadLastAsync(register, number);

        var history = new History(register.Operations, HasServersWithoutReceipts);
        switch (Checker.Check(history))
        {
            case CheckResult.NotLinearizable:
                _violations.Enqueue(Violation.Describe(register.Key, history));
                break;
            case CheckResult.Undecided:
                Interlocked.Increment(ref _undecided);
                break;
        }
    }

    private async Task UseAsync(Register register, int number, int client)
    {
        var pause = ShortPause;
        while (register.Count < MostOperations && register.Unknown < MostUnknown)
        {
            var isKnown = await DoAsync(register, number, client, Choose(register));
            if (isKnown)
            {
                pause = ShortPause;
                continue;
            }

            await Task.Delay(pause);
            pause = pause * 2 < LongPause ? pause * 2 : LongPause;
        }
    }

    /// <summary>Reads what the register holds at the end.</summary>
    private async Task ReadLastAsync(Register register, int number)
    {
        for (var attempt = 0; attempt < 20 && !await DoAsync(register, number, attempt % ClientsPerRegister, OperationKind.Get); attempt++)
        {
            await Task.Delay(LongPause);
        }
    }

    private static OperationKind Choose(Register register) => RandomNumberGenerator.GetInt32(100) switch
    {
        < 40 => OperationKind.Get,
        < 55 => OperationKind.Set,
        < 75 => OperationKind.Create,
        < 88 when register.LastVersion is not null => OperationKind.CompareAndSet,
        < 94 when register.LastVersion is not null => OperationKind.CompareAndDelete,
        _ => OperationKind.Delete,
    };

    /// <summary>False if the outcome is unknown, or nothing was sent.</summary>
    private async Task<bool> DoAsync(Register register, int number, int client, OperationKind kind)
    {
        var operation = new Operation { Client = client, Kind = kind, Called = 0 };
        var body = $$"""{"key": "{{register.Key}}"}""";
        if (operation.IsWrite)
        {
            operation = operation with { Value = register.NextValue(), Once = RandomNumberGenerator.GetInt32(2) == 0 };
            body = $$"""{"key": "{{register.Key}}", "value": "{{operation.Value}}"{{(operation.Once ? ", \"once\": true" : "")}}{{(kind == OperationKind.Set ? ", \"overwrite\": true" : "")}}}""";
        }

        if (kind is OperationKind.CompareAndSet or OperationKind.CompareAndDelete)
        {
            operation = operation with { Expected = register.LastVersion };
        }

        var servers = Servers;
        using var request = new HttpRequestMessage(
            operation.IsWrite ? HttpMethod.Put : kind == OperationKind.Get ? HttpMethod.Post : HttpMethod.Delete,
            new Uri(servers[(number + client) % servers.Length], "/kv"));
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (operation.Expected is { } version)
        {
            request.Headers.TryAddWithoutValidation("If-Match", version);
        }

        operation = operation with { Called = Stopwatch.GetTimestamp() };
        try
        {
            using var response = await _http.SendAsync(request);
            operation = await AnsweredAsync(operation, response);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
        {
            // No connection, so no request was sent.
            return false;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException)
        {
            // The outcome stays unknown.
        }

        operation = operation with { Ended = Stopwatch.GetTimestamp() };
        register.Add(operation);
        Interlocked.Increment(ref _operations);
        if (operation.Outcome != Outcome.Unknown)
        {
            return true;
        }

        Interlocked.Increment(ref _unknown);
        return false;
    }

    private async Task<Operation> AnsweredAsync(Operation operation, HttpResponseMessage response)
    {
        switch ((int)response.StatusCode, operation.Kind)
        {
            case (200, OperationKind.Get):
                using (var answer = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync()))
                {
                    return operation with
                    {
                        Outcome = Outcome.Done,
                        Value = answer.RootElement.GetProperty("value").GetString(),
                        Version = response.Headers.ETag!.Tag,
                    };
                }

            case (410, OperationKind.Get):
                using (var problem = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync()))
                {
                    return operation with { Outcome = Outcome.AlreadyRead, Version = problem.RootElement.GetProperty("etag").GetString() };
                }

            case (200, _):
                return operation with { Outcome = Outcome.Done, Version = response.Headers.ETag?.Tag };
            case (404, OperationKind.Get):
            case (409, OperationKind.Create):
            case (412, OperationKind.CompareAndSet or OperationKind.CompareAndDelete):
                return operation with { Outcome = Outcome.Refused };
            case (503, _):
                return operation;
            default:
                var text = await response.TextAsync();
                var unexpected = string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} to {operation.Kind}: {text}");
                _unexpected.AddOrUpdate(unexpected, 1, (_, count) => count + 1);
                return operation;
        }
    }

    private sealed class Register(string key)
    {
        private readonly ConcurrentQueue<Operation> _operations = [];
        private int _values;
        private int _unknown;

        public string Key => key;

        public IEnumerable<Operation> Operations => _operations;

        public int Count => _operations.Count;

        public int Unknown => Volatile.Read(ref _unknown);

        /// <summary>The version of the latest response that had one.</summary>
        public string? LastVersion { get; private set; }

        public string NextValue() => Interlocked.Increment(ref _values).ToString(CultureInfo.InvariantCulture);

        public void Add(Operation operation)
        {
            _operations.Enqueue(operation);
            LastVersion = operation.Version ?? LastVersion; // Of a receipt too: no condition with it ever holds.
            if (operation.Outcome == Outcome.Unknown)
            {
                Interlocked.Increment(ref _unknown);
            }
        }
    }
}

/// <param name="Operations">Requests that were sent.</param>
/// <param name="Registers">Keys whose history was checked.</param>
/// <param name="Unknown">Operations of unknown outcome.</param>
/// <param name="Undecided">Histories that could not be checked in time.</param>
/// <param name="Violations">A description of each history that is not linearizable.</param>
/// <param name="Unexpected">Responses that no operation should get, and their numbers.</param>
/// <param name="Took">Duration of the load and its checks.</param>
internal sealed record LoadResult(
    int Operations, int Registers, int Unknown, int Undecided, string[] Violations, IReadOnlyDictionary<string, int> Unexpected, TimeSpan Took)
{
    public static LoadResult operator +(LoadResult one, LoadResult other) => new(
        one.Operations + other.Operations,
        one.Registers + other.Registers,
        one.Unknown + other.Unknown,
        one.Undecided + other.Undecided,
        [.. one.Violations, .. other.Violations],
        one.Unexpected.Concat(other.Unexpected).GroupBy(answer => answer.Key).ToDictionary(answer => answer.Key, answer => answer.Sum(count => count.Value)),
        one.Took + other.Took);

    public void ShouldBeLinearizable()
    {
        if (Violations.Length > 0)
        {
            Assert.Fail($"{Violations.Length} of {Registers} histories are not linearizable. The first ones:\n\n{string.Join('\n', Violations.Take(3))}");
        }

        Unexpected.Should().BeEmpty();
        Undecided.Should().Be(0);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Operations:N0} operations on {Registers:N0} keys, {Unknown:N0} of unknown outcome, {Violations.Length} violations, {Undecided} undecided, in {Took.TotalSeconds:0} s");
}
