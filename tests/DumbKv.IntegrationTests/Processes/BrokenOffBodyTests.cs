using System.Net;
using System.Net.Sockets;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

public sealed class BrokenOffBodyTests
{
    [Test]
    public async Task A_body_that_is_cut_off_leaves_nothing_in_the_log()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(store.Folder, ("DATABASE_LOCATION", store.Location));

        for (var number = 0; number < 10; number++)
        {
            await BreakOffAsync(server.Http.BaseAddress!.Port);
        }

        await server.StopAsync();
        server.Output.Should().NotContainAny("WRN", "ERR", "Exception");
    }

    private static async Task BreakOffAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync("POST /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"u8.ToArray());
        await stream.ReadExactlyAsync(new byte["HTTP/1.1 100 Continue\r\n\r\n".Length]); // The server now reads the body.
        await stream.WriteAsync("{"u8.ToArray());
        client.Client.Shutdown(SocketShutdown.Send);
        try
        {
            (await stream.ReadAsync(new byte[1])).Should().Be(0);
        }
        catch (IOException)
        {
            // A reset closes the connection too.
        }
    }
}
