using System.Collections.Concurrent;
using System.Net;
using DumbKv.TestHarness;
using DumbKv.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.BrowserTests;

/// <summary>The real server on a free port, with its own store. It records what a proxy's log would contain.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly TestStore _store;
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly WebApplication _app;

    private RunningServer(TestStore store, (string Name, string Value)[] settings)
    {
        _store = store;
        var all = store.Settings;
        foreach (var (name, value) in settings.Prepend(("ALLOWED_HOSTS", $"{Chromium.LocalHost},{Chromium.LanHost}")).Prepend(("MISSES_PER_MINUTE", "0")).Prepend(("LOG_LEVEL", "Warning")).Prepend(("URLS", $"http://{Chromium.LocalHost}:0")))
        {
            all[name] = value;
        }

        _app = Server.Build(
            all,
            services => services.AddSingleton<IStartupFilter>(new Recorder(_seen)));
    }

    /// <summary>With a slash at the end.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/";

    /// <summary>Method, URL and headers of each request, without bodies.</summary>
    public IEnumerable<string> SeenOutsideBodies => _seen;

    /// <summary>The SQLite file.</summary>
    public string StoreLocation => _store.Location;

    public static async Task<RunningServer> StartAsync(StoreKind kind, params (string Name, string Value)[] settings)
    {
        var server = new RunningServer(await TestStore.CreateAsync(kind), settings);
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
        await _app.DisposeAsync();
        await _store.DisposeAsync();
    }

    private sealed class Recorder(ConcurrentQueue<string> seen) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, rest) =>
            {
                seen.Enqueue($"{http.Request.Method} {http.Request.GetEncodedUrl()} {string.Join(' ', http.Request.Headers.Select(header => $"{header.Key}: {header.Value}"))}");
                return rest(http);
            });
            next(app);
        };
    }
}
