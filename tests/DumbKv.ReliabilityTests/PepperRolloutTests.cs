using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using DumbKv.ReliabilityTests.Linearizability;

namespace DumbKv.ReliabilityTests;

/// <summary>
/// The steps that deploy/k8s/README.md gives for a pepper, run as they are written there. The pods are server processes on one
/// PostgreSQL, and clients send requests the whole time. A script takes the place of the cluster, and kubectl writes the Secrets.
/// </summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed partial class PepperRolloutTests(StoreKind kind)
{
    private const string Document = "deploy/k8s/README.md";
    private const int OperationsOfStep = 300;

    /// <summary>What the document's kubectl runs. The test replaces the pods when the file "restarting" appears.</summary>
    private const string Kubectl = """
        #!/usr/bin/env bash
        set -euo pipefail
        arguments="$*"
        case $arguments in
          '-n dumbkv create secret '*--dry-run=client*) exec "$KUBECTL" "$@" ;;
          '-n dumbkv create secret '*) "$KUBECTL" "$@" --dry-run=client -o yaml > "$CLUSTER/secret" ;;
          'apply -f -') cat > "$CLUSTER/secret.new"; mv "$CLUSTER/secret.new" "$CLUSTER/secret" ;;
          '-n dumbkv rollout restart deployment/dumbkv') touch "$CLUSTER/restarting" ;;
          '-n dumbkv rollout status deployment/dumbkv') while [[ -e $CLUSTER/restarting ]]; do sleep 0.05; done ;;
          '-n dumbkv exec '*'deploy/dumbkv -- dotnet /app/dumbkv.dll pepper '*)
            while [[ $1 != */dumbkv.dll ]]; do shift; done
            shift
            source "$CLUSTER/environment"
            dotnet "$PROGRAM" "$@" ;;
          *) echo "not in the test's cluster: kubectl $arguments" >&2; exit 64 ;;
        esac
        """;

    private readonly Queue<ServerProcess> _pods = new();
    private TestStore _store = null!;
    private ReadinessProxy _service = null!;
    private string _cluster = null!;

    [SetUp]
    public async Task CreateCluster()
    {
        _store = await TestStore.CreateUntouchedAsync(kind);
        _service = await ReadinessProxy.StartAsync();
        _cluster = Directory.CreateDirectory(Path.Combine(_store.Folder, "cluster")).FullName;
        var kubectl = Path.Combine(_cluster, "kubectl");
        await File.WriteAllTextAsync(kubectl, Kubectl + "\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(kubectl, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [TearDown]
    public async Task DeleteCluster()
    {
        foreach (var pod in _pods)
        {
            await pod.DisposeAsync();
        }

        await _service.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task The_documented_rotation_serves_every_request()
    {
        await ShellAsync("""
            openssl rand -base64 32 > pepper
            kubectl -n dumbkv create secret generic dumbkv-pepper --from-file=PEPPER=pepper
            """);
        var old = Secret()["PEPPER"];

        await RunUnderLoadAsync(Documents.CommandsOf(Document, "Rotate the pepper").Single());

        Secret().Keys.Should().Equal("PEPPER");
        await ShouldOpenOnlyWithAsync(Secret()["PEPPER"], old, string.Empty);
    }

    [Test]
    public async Task The_documented_addition_serves_every_request()
    {
        await RunUnderLoadAsync(Documents.CommandsOf(Document, "Add a pepper to a store without one").Single());

        await ShouldOpenOnlyWithAsync(Secret()["PEPPER"], string.Empty);
    }

    /// <summary>Starts two pods and the load, and runs the commands. Replaces the pods when the commands restart the deployment.</summary>
    private async Task RunUnderLoadAsync(string commands)
    {
        await AddAsync();
        await AddAsync();
        using var registers = new RegisterLoad { Servers = Addresses() };
        using var http = new HttpClient { BaseAddress = _service.Address };
        var ledger = new Ledger();
        using var isOver = new CancellationTokenSource();
        var writing = ledger.WriteAsync(http, 2, isOver.Token, pause: TimeSpan.FromMilliseconds(20));
        var running = registers.RunAsync(() => isOver.IsCancellationRequested);
        var restarts = 0;
        try
        {
            await StepAsync();
            var shell = ShellAsync(commands);
            while (!shell.IsCompleted)
            {
                if (!File.Exists(Path.Combine(_cluster, "restarting")))
                {
                    await Task.WhenAny(shell, Task.Delay(TimeSpan.FromMilliseconds(20)));
                    continue;
                }

                for (var pod = 0; pod < 2; pod++)
                {
                    await ReplaceAsync();
                    await StepAsync();
                }

                restarts++;
                File.Delete(Path.Combine(_cluster, "restarting"));
            }

            await shell;
            await StepAsync();
        }
        finally
        {
            await isOver.CancelAsync();
            await Task.WhenAll(writing, running);
        }

        var (result, verdict) = (await running, await ledger.VerifyAsync(http));
        TestContext.Out.WriteLine($"{restarts} rollouts: {result}; {verdict}");
        restarts.Should().Be(Restart().Count(commands));
        result.ShouldBeLinearizable();
        ledger.Statuses.Keys.Should().Equal(HttpStatusCode.OK);
        ledger.Unanswered.Should().Be(0);
        verdict.Should().Be(verdict with { Lost = 0, Torn = 0 });

        Task StepAsync()
        {
            var enough = registers.Operations + OperationsOfStep;
            return Eventually.HoldsAsync(() => registers.Operations >= enough);
        }

        async Task ReplaceAsync()
        {
            // The new pod starts first, as with maxUnavailable 0.
            await AddAsync();
            var old = _pods.Dequeue();
            registers.Servers = Addresses();
            (await old.StopAsync()).Should().Be(0);
            _service.Remove(old.Http.BaseAddress!);
            await old.DisposeAsync();
        }
    }

    /// <summary>Starts a pod with the Secret of this moment, and waits until it is ready.</summary>
    private async Task AddAsync()
    {
        var settings = Secret();
        foreach (var (name, value) in _store.Settings)
        {
            settings[name] = value!;
        }

        var pod = await ServerProcess.StartAsync(_store.Folder, [.. settings.Select(setting => (setting.Key, setting.Value))]);
        _pods.Enqueue(pod);
        _service.Add(pod.Http.BaseAddress!);
        await Eventually.HoldsAsync(() => _service.IsReady(pod.Http.BaseAddress!));

        // What a command in this pod sees.
        await File.WriteAllLinesAsync(Path.Combine(_cluster, "environment"), settings.Select(setting => $"export {setting.Key}='{setting.Value}'"));
    }

    private Uri[] Addresses() => [.. _pods.Select(pod => pod.Http.BaseAddress!)];

    /// <summary>The keys of the Secret dumbkv-pepper, which the pods have as variables.</summary>
    private Dictionary<string, string> Secret()
    {
        var file = Path.Combine(_cluster, "secret");
        return File.Exists(file)
            ? SecretKey().Matches(File.ReadAllText(file)).ToDictionary(
                key => key.Groups["name"].Value, key => Encoding.ASCII.GetString(Convert.FromBase64String(key.Groups["value"].Value)).Trim())
            : [];
    }

    private async Task ShellAsync(string commands)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", commands]) { WorkingDirectory = _store.Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        var path = Environment.GetEnvironmentVariable("PATH")!;
        start.Environment["PATH"] = $"{_cluster}:{path}";
        start.Environment["KUBECTL"] = path.Split(':').Select(folder => Path.Combine(folder, "kubectl")).First(File.Exists);
        start.Environment["CLUSTER"] = _cluster;
        start.Environment["PROGRAM"] = ServerProcess.Program;
        using var shell = Process.Start(start)!;
        var texts = await Task.WhenAll(shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();
        shell.ExitCode.Should().Be(0, string.Concat(texts));
    }

    private async Task ShouldOpenOnlyWithAsync(string pepper, params string[] others)
    {
        var opened = await CommandRun.WithAsync(_store, [("PEPPER", pepper)], "check");
        opened.ExitCode.Should().Be(0, opened.Output);
        foreach (var other in others)
        {
            (await CommandRun.WithAsync(_store, [("PEPPER", other)], "check")).Output.Should().Contain("WRONG pepper");
        }
    }

    [GeneratedRegex("rollout restart")]
    private static partial Regex Restart();

    [GeneratedRegex(@"^  (?<name>PEPPER\w*): (?<value>\S+)$", RegexOptions.Multiline)]
    private static partial Regex SecretKey();
}
