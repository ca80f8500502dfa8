using System.Globalization;
using DumbKv.TestHarness;

namespace DumbKv.DeployTests;

/// <summary>A server with the settings of an overlay. Only the addresses and the data are this machine's.</summary>
internal static class DeployedServer
{
    /// <summary>Waits until it listens. Returns the server and the port of its metrics.</summary>
    public static async Task<(ServerProcess Server, int MetricsPort)> LaunchAsync(
        string overlay, string folder, string location, params (string Name, string Value)[] additional)
    {
        var metricsPort = LocalPostgres.FreePort();
        var settings = new Dictionary<string, string?>((await Manifests.RenderAsync(overlay)).Settings!)
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["ALLOWED_HOSTS"] = null,
            ["METRICS_PORT"] = metricsPort.ToString(CultureInfo.InvariantCulture),
            ["DATABASE_LOCATION"] = location,
        };

        foreach (var (name, value) in additional)
        {
            settings[name] = value;
        }

        var server = ServerProcess.Launch(folder, settings);
        await server.WaitUntilListeningAsync();
        return (server, metricsPort);
    }
}
