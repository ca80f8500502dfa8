using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DumbKv.ReliabilityTests;

/// <summary>Distributes requests over the servers that were ready at the last check, like a Kubernetes Service.</summary>
internal sealed class ReadinessProxy : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false });
    private readonly CancellationTokenSource _stopped = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<Uri, bool> _servers = [];
    private int _turn;

    private ReadinessProxy(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<ReadinessProxy> StartAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var proxy = new ReadinessProxy(app);
        app.Run(proxy.ForwardAsync);
        await app.StartAsync();
        _ = proxy.ProbeAsync();
        return proxy;
    }

    public void Add(Uri server)
    {
        lock (_lock)
        {
            _servers[server] = false;
        }
    }

    public void Remove(Uri server)
    {
        lock (_lock)
        {
            _servers.Remove(server);
        }
    }

    public bool IsReady(Uri server)
    {
        lock (_lock)
        {
            return _servers.GetValueOrDefault(server);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _app.DisposeAsync();
        _http.Dispose();
        _stopped.Dispose();
    }

    private async Task ProbeAsync()
    {
        using var timer = new PeriodicTimer(Period);
        do
        {
            Uri[] servers;
            lock (_lock)
            {
                servers = [.. _servers.Keys];
            }

            foreach (var server in servers)
            {
                var isReady = await IsReadyAsync(server);
                lock (_lock)
                {
                    if (_servers.ContainsKey(server))
                    {
                        _servers[server] = isReady;
                    }
                }
            }
        }
        while (!_stopped.IsCancellationRequested && await timer.WaitForNextTickAsync());
    }

    private async Task<bool> IsReadyAsync(Uri server)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(server, "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task ForwardAsync(HttpContext context)
    {
        Uri server;
        lock (_lock)
        {
            var ready = _servers.Where(pair => pair.Value).Select(pair => pair.Key).ToList();
            if (ready.Count == 0)
            {
                context.Response.StatusCode = 502;
                return;
            }

            server = ready[_turn++ % ready.Count];
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(server, context.Request.Path));
        request.Content = new StreamContent(context.Request.Body);
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(context.Request.ContentType!);
        request.Content.Headers.ContentLength = context.Request.ContentLength;
        try
        {
            using var response = await _http.SendAsync(request);
            context.Response.StatusCode = (int)response.StatusCode;
            await response.Content.CopyToAsync(context.Response.Body);
        }
        catch (HttpRequestException)
        {
            context.Response.StatusCode = (int)HttpStatusCode.BadGateway;
        }
    }
}
