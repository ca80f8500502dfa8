using System.Net.Sockets;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>ASPNETCORE_URLS=http://unix:/path: a socket of a killed server is replaced, and one in use is refused.</summary>
public sealed class UnixSocketTests
{
    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    private string Socket => Path.Combine(_store.Folder, "DumbKV.sock");

    [Test]
    public async Task A_socket_that_a_killed_server_left_behind_is_replaced()
    {
        await using (var killed = Launch(_store.Folder))
        {
            await killed.WaitForOutputAsync("The store is ready");
            await killed.KillAsync();
        }

        File.Exists(Socket).Should().BeTrue();
        await using var server = Launch(_store.Folder);
        await server.WaitForOutputAsync("The store is ready");

        (await HealthAsync()).Should().BeTrue();
    }

    [Test]
    public async Task A_socket_that_another_server_listens_on_is_kept()
    {
        await using var first = Launch(_store.Folder);
        await first.WaitForOutputAsync("The store is ready");
        await using var otherStore = await TestStore.CreateAsync();

        await using var second = Launch(otherStore.Folder);

        (await second.ExitCodeAsync()).Should().Be(2);
        second.Output.Should().Be($"ASPNETCORE_URLS: {Socket} is already in use. Stop the program that listens there, or set another path.");
        (await HealthAsync()).Should().BeTrue();
    }

    [Test]
    public async Task A_file_that_is_not_a_socket_is_kept()
    {
        await File.WriteAllTextAsync(Socket, "precious");

        await using var server = Launch(_store.Folder);

        (await server.ExitCodeAsync()).Should().Be(2);
        server.Output.Should().Be($"ASPNETCORE_URLS: {Socket} is a file and not a socket. Remove it, or set another path.");
        (await File.ReadAllTextAsync(Socket)).Should().Be("precious");
    }

    private ServerProcess Launch(string folder) => ServerProcess.Launch(folder, [new("ASPNETCORE_URLS", $"http://unix:{Socket}")]);

    private async Task<bool> HealthAsync()
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var response = await http.GetAsync("http://localhost/health/ready");
        return response.IsSuccessStatusCode;
    }
}
