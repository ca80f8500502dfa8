using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;
using DumbKv.Web.Hosting;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv health</c>: asks the server of the same settings whether it is ready.</summary>
internal static class HealthCommand
{
    private const string Description = """
        Asks the server on this machine whether it is ready, for containers without a shell and curl. The command has the
        settings of the server: it uses METRICS_PORT, or else the first address of ASPNETCORE_URLS.

          METRICS_PORT=9464 dumbkv health

        In the health check of a container:
          test: ["CMD", "dotnet", "/app/dumbkv.dll", "health"]

        Exit codes: 0 the server is ready, 1 it is not ready, does not answer, or a setting is wrong.
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var live = new Option<bool>("--live") { Description = "ask only whether the process answers, also if its database is unavailable" };
        var command = new Command("health", Description) { live };
        command.SetAction((call, cancellationToken) => RunAsync(call.GetValue(live), cancellationToken));
        return command;
    }

    /// <summary>Docker reserves the exit code 2, so a wrong setting is a failure.</summary>
    private static async Task<int> RunAsync(bool live, CancellationToken cancellationToken) =>
        await CommandRunner.RunAsync(settings => AskAsync(settings, live ? "live" : "ready", cancellationToken)) == 0 ? 0 : ExitCodes.Failed;

    private static async Task<int> AskAsync(IConfiguration settings, string state, CancellationToken cancellationToken)
    {
        var metricsPort = ServerSettings.ReadMetricsPort(settings);
        var addresses = ListenAddresses.Read(settings.Text(SettingNames.Urls), metricsPort);
        var address = BindingAddress.Parse(metricsPort is null ? addresses[0] : addresses[^1]);
        if (!address.IsUnixPipe && address.Port == 0)
        {
            throw StartRefusedException.ForSetting(SettingNames.Urls, "the port 0 stands for a free port, which this command does not know. Set METRICS_PORT or another port.");
        }

        var name = address.IsUnixPipe ? $"{address.Scheme}://{address.Host}" : $"{address.Scheme}://{HostOf(address)}:{address.Port}";
        using var http = ClientFor(address);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var url = address.IsUnixPipe ? new Uri($"{address.Scheme}://localhost/") : new Uri(name);
            using var response = await http.GetAsync(new Uri(url, $"/health/{state}"), patience.Token);
            switch (response.StatusCode)
            {
                case HttpStatusCode.OK:
                    Console.WriteLine($"The server at {name} is {state}.");
                    return 0;
                case HttpStatusCode.ServiceUnavailable:
                    var reason = ReasonIn(await response.Content.ReadAsStringAsync(patience.Token));
                    return CommandRunner.Fail($"The server at {name} is not {state}{(reason is null ? "." : $": {reason}")}");
                default:
                    return CommandRunner.Fail($"The server at {name} is not DumbKV: it answers GET /health/{state} with {(int)response.StatusCode}.");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return CommandRunner.Fail($"The server at {name} did not answer within {Patience.TotalSeconds} seconds.");
        }
        catch (HttpRequestException exception) when (exception.GetBaseException() is SocketException)
        {
            return CommandRunner.Fail($"No server answers at {name}. Start it, or give this command the server's {SettingNames.Urls} and METRICS_PORT.");
        }
        catch (HttpRequestException)
        {
            return CommandRunner.Fail($"The server at {name} is not DumbKV: it does not speak {(address.Scheme == "https" ? "HTTPS" : "HTTP")}.");
        }
    }

    /// <summary>The host to connect to: the loopback address if the server listens on all addresses.</summary>
    private static string HostOf(BindingAddress address) => address.Host switch
    {
        "*" or "+" or "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        var host => host,
    };

    /// <summary>The address is one of this machine, so the certificate need not have its name, and no proxy is used.</summary>
    [SuppressMessage("Security", "CA5359", Justification = "Nothing secret is sent, and the answer has no effect but the exit code.")]
    private static HttpClient ClientFor(BindingAddress address)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        if (address.IsUnixPipe)
        {
            handler.ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.UnixPipePath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        return new HttpClient(handler);
    }

    /// <summary>The reason of the first failed check. Null if the text is not an answer of DumbKV.</summary>
    private static string? ReasonIn(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.GetProperty("checks").EnumerateObject().Select(check => check.Value.GetString()).FirstOrDefault();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
