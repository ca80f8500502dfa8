using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

/// <summary><c>dumbkv health</c>, in a process with the settings of the server.</summary>
public sealed class HealthTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [TestCase("http://127.0.0.1:PORT")]
    [TestCase("http://localhost:PORT")]
    [TestCase("http://+:PORT")]
    [TestCase("http://0.0.0.0:PORT")]
    [TestCase("http://[::]:PORT")]
    public async Task A_ready_server_is_reported_on_every_kind_of_address(string urls)
    {
        var port = LocalPostgres.FreePort();
        (string, string)[] settings = [("ASPNETCORE_URLS", urls.Replace("PORT", $"{port}", StringComparison.Ordinal)), ("ALLOWED_HOSTS", "kv.example.com")];
        await using var server = await LaunchAsync(settings);

        var run = await HealthAsync(settings);

        run.ExitCode.Should().Be(0, run.Output);
        run.Output.Should().MatchRegex($@"^The server at http://\S+:{port} is ready\.$");
    }

    [Test]
    public async Task The_metrics_port_is_asked_if_there_is_one()
    {
        var (port, metricsPort) = (LocalPostgres.FreePort(), LocalPostgres.FreePort());
        (string, string)[] settings = [("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"), ("METRICS_PORT", $"{metricsPort}")];
        await using var server = await LaunchAsync(settings);

        (await HealthAsync(settings)).Should().Be(new CommandRun(0, $"The server at http://127.0.0.1:{metricsPort} is ready."));
    }

    [Test]
    public async Task A_server_on_a_unix_socket_is_asked_there()
    {
        (string, string)[] settings = [("ASPNETCORE_URLS", $"http://unix:{_store.Folder}/DumbKV.sock")];
        await using var server = await LaunchAsync(settings);

        (await HealthAsync(settings)).Should().Be(new CommandRun(0, $"The server at http://unix:{_store.Folder}/DumbKV.sock is ready."));
    }

    [Test]
    public async Task A_server_with_https_needs_no_certificate_for_the_loopback_address()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=kv.example.com", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-2), now.AddDays(-1));
        var file = Path.Combine(_store.Folder, "site.pfx");
        await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pfx));
        var port = LocalPostgres.FreePort();
        (string, string)[] settings = [("ASPNETCORE_URLS", $"https://127.0.0.1:{port}"), ("Kestrel__Certificates__Default__Path", file)];
        await using var server = await LaunchAsync(settings);

        (await HealthAsync(settings)).Should().Be(new CommandRun(0, $"The server at https://127.0.0.1:{port} is ready."));
        (await ProtocolAsync(port, certificate)).Should().Be(SslApplicationProtocol.Http11, "the limits count connections, and HTTP/2 has many requests on one");
    }

    /// <summary>The protocol that the server chooses if a client offers HTTP/2 and HTTP/1.1.</summary>
    private static async Task<SslApplicationProtocol> ProtocolAsync(int port, X509Certificate2 certificate)
    {
        using var client = new TcpClient("127.0.0.1", port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            RemoteCertificateValidationCallback = (_, served, _, _) => served?.GetCertHashString() == certificate.GetCertHashString(),
        });
        return tls.NegotiatedApplicationProtocol;
    }

    [Test]
    public async Task A_server_that_does_not_run_is_an_error()
    {
        var port = LocalPostgres.FreePort();

        (await HealthAsync(("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"))).Should().Be(new CommandRun(
            1, $"No server answers at http://127.0.0.1:{port}. Start it, or give this command the server's ASPNETCORE_URLS and METRICS_PORT."));
    }

    [Test]
    public async Task A_server_that_is_not_ready_is_an_error_with_the_reason_and_it_is_live()
    {
        var port = LocalPostgres.FreePort();
        (string, string)[] settings =
        [
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"), ("DATABASE_TYPE", "postgres"), ("DATABASE_LOCATION", "postgres://nobody@127.0.0.1:1/none"),
        ];
        await using var server = Launch(settings);
        await server.WaitUntilListeningAsync();

        var ready = await HealthAsync(settings);
        var live = await HealthAsync(settings, "--live");

        ready.ExitCode.Should().Be(1);
        ready.Output.Should().StartWith($"The server at http://127.0.0.1:{port} is not ready: ").And.NotContain("\n");
        live.Should().Be(new CommandRun(0, $"The server at http://127.0.0.1:{port} is live."));
    }

    [TestCase("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "is not DumbKV: it answers GET /health/ready with 404.")]
    [TestCase("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "is not DumbKV: it answers GET /health/ready with 302.")]
    [TestCase("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nfoo", "is not ready.")]
    [TestCase("SSH-2.0-OpenSSH_9.2\r\n", "is not DumbKV: it does not speak HTTP.")]
    public async Task Another_program_at_this_port_is_an_error(string answer, string expected)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var run = await HealthAsync(("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"));

        run.Should().Be(new CommandRun(1, $"The server at http://127.0.0.1:{port} {expected}"));
        await answering;

        async Task AnswerAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            _ = await stream.ReadAsync(new byte[4_096]);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
        }
    }

    [Test]
    public async Task A_server_that_does_not_answer_is_an_error_after_five_seconds()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        (await HealthAsync(("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"))).Should().Be(new CommandRun(
            1, $"The server at http://127.0.0.1:{port} did not answer within 5 seconds."));
    }

    [TestCase("ASPNETCORE_URLS", "http://127.0.0.1:0", "ASPNETCORE_URLS: the port 0 stands for a free port, which this command does not know. Set METRICS_PORT or another port.")]
    [TestCase("METRICS_PORT", "none", "METRICS_PORT: must be a whole number from 1 to 65535.")]
    public async Task A_wrong_setting_is_exit_code_1_because_Docker_reserves_2(string name, string value, string error) =>
        (await HealthAsync((name, value))).Should().Be(new CommandRun(1, error));

    private Task<CommandRun> HealthAsync(params (string Name, string Value)[] settings) => HealthAsync(settings, []);

    private Task<CommandRun> HealthAsync((string Name, string Value)[] settings, params string[] options) =>
        CommandRun.WithAsync(_store, settings, ["health", .. options]);

    private async Task<ServerProcess> LaunchAsync((string Name, string Value)[] settings)
    {
        var server = Launch(settings);
        await server.WaitForOutputAsync("The store is ready");
        return server;
    }

    private ServerProcess Launch((string Name, string Value)[] settings)
    {
        var environment = _store.Settings;
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        return ServerProcess.Launch(_store.Folder, environment);
    }
}
