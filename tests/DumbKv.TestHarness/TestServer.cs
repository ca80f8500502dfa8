using DumbKv.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DumbKv.TestHarness;

/// <summary>
/// The whole server in this process, on a real socket. The framework's in-memory test host has no body limits, no malformed HTTP and
/// no client addresses.
/// </summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app, FakeTimeProvider time)
    {
        _app = app;
        Time = time;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First(url => !url.Contains("unix:")).Replace("0.0.0.0", "127.0.0.1")) };
    }

    public FakeTimeProvider Time { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public static Task<TestServer> StartAsync(TestStore store, params (string Name, string Value)[] settings) => StartAsync(store, _ => { }, settings);

    /// <param name="store">The store that it serves.</param>
    /// <param name="configure">Runs after all other registrations.</param>
    /// <param name="settings">Settings in addition to those of the store.</param>
    public static async Task<TestServer> StartAsync(TestStore store, Action<IServiceCollection> configure, params (string Name, string Value)[] settings)
    {
        var all = store.Settings;
        all["URLS"] = "http://127.0.0.1:0";
        all["LOG_LEVEL"] = "None";
        all["MISSES_PER_MINUTE"] = "0"; // All tests have the same client address.
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 31, 12, 0, 0, TimeSpan.Zero));
        var app = Server.Build(all, services =>
        {
            services.AddSingleton<TimeProvider>(time);
            configure(services);
        });
        await app.StartAsync();

        var server = new TestServer(app, time);
        await server.WaitUntilReadyAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private async Task WaitUntilReadyAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await Http.GetAsync("/health/ready", patience.Token)).IsSuccessStatusCode)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
        }
    }
}
