using System.Diagnostics;
using System.Text.RegularExpressions;

namespace DumbKv.TestHarness;

/// <summary>The server as a separate process, started in its own folder as an operator starts it.</summary>
public sealed partial class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process) => _process = process;

    /// <summary>The server that was built with the tests, or the published dumbkv.dll that DUMBKV_TEST_SERVER names.</summary>
    public static string Program { get; } =
        Environment.GetEnvironmentVariable("DUMBKV_TEST_SERVER") ?? Path.Combine(AppContext.BaseDirectory, "dumbkv.dll");

    public HttpClient Http { get; } = new();

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything that was written to standard output and standard error so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    /// <summary>Starts the server and does not wait for it. The start can be refused.</summary>
    public static ServerProcess Launch(string folder, IEnumerable<KeyValuePair<string, string?>> environment, params string[] arguments) =>
        LaunchUnder([], folder, environment, arguments);

    /// <param name="wrapper">A program that runs the server, for example strace.</param>
    /// <param name="folder">The working directory of the server.</param>
    /// <param name="environment">Environment variables.</param>
    /// <param name="arguments">The arguments of the server.</param>
    public static ServerProcess LaunchUnder(
        string[] wrapper, string folder, IEnumerable<KeyValuePair<string, string?>> environment, params string[] arguments) =>
        Run([.. wrapper, "dotnet", Program, .. arguments], folder, environment);

    /// <summary>Starts another program that behaves like the server.</summary>
    public static ServerProcess Run(string[] command, string folder, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("DATABASE_LOCATION");
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["MISSES_PER_MINUTE"] = "0"; // All tests have the same client address.
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var server = new ServerProcess(new Process { StartInfo = start });
        server._process.OutputDataReceived += (_, line) => server.Read(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.Read(line.Data);
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Starts the server and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(string folder, params (string Name, string Value)[] environment)
    {
        var server = Launch(folder, environment.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)));
        try
        {
            await server.WaitUntilListeningAsync();
            await server.WaitUntilReadyAsync();
            return server;
        }
        catch
        {
            // The caller gets no server to dispose.
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task WaitUntilListeningAsync()
    {
        await Task.WhenAny(_address.Task, _process.WaitForExitAsync()).WaitAsync(Patience);
        Http.BaseAddress = _address.Task.IsCompleted
            ? await _address.Task
            : throw new InvalidOperationException($"The server ended before it listened. It wrote:\n{Output}");
    }

    public async Task WaitUntilReadyAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var answer = "none";
        try
        {
            while (true)
            {
                using var response = await Http.GetAsync("/health/ready", patience.Token);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }

                answer = await response.TextAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
            }
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"The server did not become ready. Its last answer: {answer}. It wrote:\n{Output}", exception);
        }
    }

    /// <summary>Waits until the server has written <paramref name="text"/>.</summary>
    public async Task WaitForOutputAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }

    /// <summary>Kills the server with SIGKILL as soon as the condition holds. False if its store was ready before that.</summary>
    public async Task<bool> KillWhenAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!Output.Contains("The store is ready", StringComparison.Ordinal))
        {
            if (condition())
            {
                _process.Kill(entireProcessTree: true);
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), patience.Token);
        }

        return false;
    }

    /// <summary>Sends SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits until the server ends by itself.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
        return _process.ExitCode;
    }

    /// <summary>Sends SIGTERM, as an orchestrator does.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        return await ExitCodeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Add(line);
        }

        if (Listening().Match(line) is { Success: true } match)
        {
            _address.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }

    [GeneratedRegex("""listens on \\?"?(http://127\.0\.0\.1:\d+)""")]
    private static partial Regex Listening();
}
