using System.Net;
using System.Net.Sockets;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

/// <summary>ALLOWED_HOSTS: a page whose own host name was pointed at this server (DNS rebinding) gets no data from it.</summary>
public sealed class AllowedHostsTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [TestCase("GET", "/")]
    [TestCase("POST", "/")]
    [TestCase("PUT", "/kv")]
    [TestCase("GET", "/site.css")]
    [TestCase("GET", "/docs/index.html")]
    [TestCase("GET", "/openapi.json")]
    [TestCase("GET", "/nowhere")]
    [TestCase("GET", "/healthy")]
    public async Task A_server_on_localhost_refuses_other_names_and_names_the_setting_that_allows_them(string method, string path)
    {
        await using var server = await TestServer.StartAsync(_store);
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "Host", "evil.example" }, { "Sec-Fetch-Site", "same-origin" } } };

        using var response = await server.Http.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().Contain("ALLOWED_HOSTS").And.NotContain("evil");
    }

    [TestCase("localhost")]
    [TestCase("LOCALHOST:8000")]
    [TestCase("kv.localhost")]
    [TestCase("127.0.0.1:80")]
    [TestCase("127.1.2.3")]
    [TestCase("[::1]:8000")]
    public async Task A_server_on_localhost_accepts_its_own_names(string host)
    {
        await using var server = await TestServer.StartAsync(_store);

        (await StatusAsync(server, host)).Should().Be(HttpStatusCode.OK);
    }

    [TestCase("localhost.evil.example")]
    [TestCase("evillocalhost")]
    [TestCase("128.0.0.1")]
    [TestCase("[::2]")]
    public async Task A_name_that_only_looks_like_localhost_is_refused(string host)
    {
        await using var server = await TestServer.StartAsync(_store);

        (await StatusAsync(server, host)).Should().Be(HttpStatusCode.BadRequest);
    }

    [TestCase("kv.example.com", true)]
    [TestCase("KV.example.com:8443", true)]
    [TestCase("a.b.lan", true)]
    [TestCase("xn--bcher-kva.example", true, Description = "The form that browsers send for bücher.example.")]
    [TestCase("[fd00::1]:8000", true)]
    [TestCase("192.168.1.5", true)]
    [TestCase("lan", false)]
    [TestCase("www.kv.example.com", false)]
    [TestCase("localhost", false)]
    public async Task Only_the_names_of_the_setting_are_accepted(string host, bool accepted)
    {
        await using var server = await TestServer.StartAsync(_store, ("ALLOWED_HOSTS", "kv.example.com, *.LAN,bücher.example,[fd00::1],192.168.1.5"));

        (await StatusAsync(server, host)).Should().Be(accepted ? HttpStatusCode.OK : HttpStatusCode.BadRequest);
    }

    [TestCase("ALLOWED_HOSTS", "*", Description = "A tunnel with changing names needs it.")]
    [TestCase("TRUSTED_PROXIES", "10.0.0.0/8", Description = "The proxy checks the name.")]
    [TestCase("URLS", "http://0.0.0.0:0", Description = "The server's names are unknown.")]
    public async Task Otherwise_any_name_is_accepted(string name, string value)
    {
        await using var server = await TestServer.StartAsync(_store, (name, value));

        (await StatusAsync(server, "kv.example.com")).Should().Be(HttpStatusCode.OK);
    }

    [TestCase("127.0.0.1/32", "kv.example.com", "evil.example", HttpStatusCode.BadRequest)]
    [TestCase("127.0.0.1/32", "backend", "kv.example.com", HttpStatusCode.OK)]
    [TestCase("10.0.0.0/8", "backend", "kv.example.com", HttpStatusCode.BadRequest)]
    public async Task The_name_that_a_trusted_proxy_forwards_is_checked(string trusted, string host, string forwarded, HttpStatusCode expected)
    {
        await using var server = await TestServer.StartAsync(_store, ("ALLOWED_HOSTS", "kv.example.com"), ("TRUSTED_PROXIES", trusted));

        (await StatusAsync(server, host, ("X-Forwarded-Host", forwarded))).Should().Be(expected);
    }

    [TestCase("/health")]
    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    [TestCase("/metrics")]
    public async Task Health_and_metrics_accept_any_name(string path)
    {
        await using var server = await TestServer.StartAsync(_store, ("ALLOWED_HOSTS", "kv.example.com"));

        (await StatusAsync(server, "10.1.2.3:8000", path: path)).Should().Be(HttpStatusCode.OK);
    }

    [TestCase("GET /openapi.json HTTP/1.0\r\n\r\n")]
    [TestCase("GET /openapi.json HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n")]
    public async Task A_request_without_a_name_is_accepted(string request)
    {
        await using var server = await TestServer.StartAsync(_store, ("ALLOWED_HOSTS", "kv.example.com"));

        Encoding.ASCII.GetString(await Wire.SendAsync(server.Http.BaseAddress!, request)).Should().StartWith("HTTP/1.1 200 ");
    }

    [Test]
    public async Task A_unix_socket_accepts_any_name()
    {
        var socket = Path.Combine(_store.Folder, "socket");
        await using var server = await TestServer.StartAsync(_store, ("URLS", $"http://127.0.0.1:0;http://unix:{socket}"));
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
                return new NetworkStream(connection, ownsSocket: true);
            },
        });

        using var response = await http.GetAsync("http://kv.example.com/");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private static async Task<HttpStatusCode> StatusAsync(TestServer server, string host, (string Name, string Value)? header = null, string path = "/")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = host } };
        if (header is { } one)
        {
            request.Headers.Add(one.Name, one.Value);
        }

        using var response = await server.Http.SendAsync(request);
        return response.StatusCode;
    }
}
