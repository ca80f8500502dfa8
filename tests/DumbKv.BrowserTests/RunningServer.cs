using System.Collections.Concurrent;
using System.Net;
using DumbKv.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.BrowserTests;

/// <summary>The real server on a free port and a SQLite file of its own. It remembers what a proxy's log would hold.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-browser-");
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly WebApplication _app;

    private RunningServer() => _app = Server.Build(
        new Dictionary<string, string?>
        {
            ["URLS"] = "http://127.0.0.1:0",
            ["DATABASE_TYPE"] = "sqlite",
            ["DATABASE_LOCATION"] = Path.Combine(_folder.FullName, "dumbkv.db"),
            ["LOG_LEVEL"] = "Warning",
        },
        services => services.AddSingleton<IStartupFilter>(new Recorder(_seen)));

    /// <summary>With a slash at its end.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/";

    /// <summary>Method, address and headers of each request; bodies are not in it.</summary>
    public IEnumerable<string> SeenOutsideBodies => _seen;

    public static async Task<RunningServer> StartAsync()
    {
        var server = new RunningServer();
        await server._app.StartAsync();

        using var http = new HttpClient { BaseAddress = new Uri(server.Address) };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await http.GetAsync("health/ready", patience.Token)).StatusCode != HttpStatusCode.OK)
        {
            await Task.Delay(50, patience.Token);
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private sealed class Recorder(ConcurrentQueue<string> seen) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((HttpContext http, RequestDelegate rest) =>
            {
                seen.Enqueue($"{http.Request.Method} {http.Request.GetEncodedUrl()} {string.Join(' ', http.Request.Headers.Select(header => $"{header.Key}: {header.Value}"))}");
                return rest(http);
            });
            next(app);
        };
    }
}
