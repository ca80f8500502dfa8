using System.Diagnostics;
using DumbKv.Application;
using DumbKv.Infrastructure;
using DumbKv.Infrastructure.Startup;
using DumbKv.Web.Api;
using DumbKv.Web.Auditing;
using DumbKv.Web.Configuration;
using DumbKv.Web.Errors;
using DumbKv.Web.Hosting;
using DumbKv.Web.Http;
using DumbKv.Web.Limits;
using DumbKv.Web.Middleware;
using DumbKv.Web.OpenApi;
using DumbKv.Web.Telemetry;
using OpenTelemetry.Metrics;

namespace DumbKv.Web;

/// <summary>The composition root: the services, and the middleware pipeline in its order.</summary>
public static class Server
{
    /// <summary>Serves until the process is told to stop.</summary>
    /// <returns>The exit code. 0: stopped; 1: could not start; 2: a setting is wrong.</returns>
    public static async Task<int> RunAsync()
    {
        try
        {
            await using var app = Build();
            try
            {
                await app.StartAsync();
                Logging.Listening(app);
                await ServeAsync(app);
            }
            catch (OperationCanceledException)
            {
                // The initialization of the store stopped the host before it had started.
            }
            catch (Exception exception) when (ListenSockets.FindRefusal(exception, app.Configuration[WebHostDefaults.ServerUrlsKey]) is { } refusal)
            {
                return Refuse(refusal);
            }

            return app.Services.GetRequiredService<StartOutcome>().Refusal is { } refused ? Refuse(refused) : 0;
        }
        catch (StartRefusedException refusal)
        {
            return Refuse(refusal);
        }
    }

    /// <summary>Runs until the process is told to stop and has drained. The caller reports a start that was refused.</summary>
    private static async Task ServeAsync(WebApplication app)
    {
        var outcome = app.Services.GetRequiredService<StartOutcome>();
        var since = 0L;
        await using var registration = app.Lifetime.ApplicationStopping.Register(() =>
        {
            since = Stopwatch.GetTimestamp();
            if (outcome.Refusal is null)
            {
                Logging.Stopping(app);
            }
        });

        await app.WaitForShutdownAsync();
        if (outcome.Refusal is null)
        {
            Logging.Stopped(app, Stopwatch.GetElapsedTime(since));
        }
    }

    /// <param name="overrides">Settings that take precedence over the environment and the .env file.</param>
    /// <param name="configureServices">Runs after all other registrations.</param>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static WebApplication Build(
        IEnumerable<KeyValuePair<string, string?>>? overrides = null, Action<IServiceCollection>? configureServices = null)
    {
        // The views and wwwroot are beside the program. The .env file and the database are in the working directory.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(Server).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        var warnings = builder.Configuration.AddSettings(overrides);
        builder.WebHost.UseStaticWebAssets();

        var settings = ServerSettings.Read(builder.Configuration);
        TelemetrySettings.Check(builder.Configuration);
        EfCoreModel.BuildInBackground(settings.Database.Type);

        builder.AddLogging(settings);
        builder.AddTelemetry();
        builder.ConfigureKestrel(settings);
        builder.DisableImplicitForwardedHeaders();
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddSingleton(provider => new FailedReadLimiter(settings.MissesPerMinute, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<LargeBufferPool>()
            .AddSingleton<LargeBodyBudget>()
            .AddTokens(settings)
            .AddApplication(settings.Limits, ProductInfo.Version)
            .AddInfrastructure(settings.Database)
            .AddStoreHealth()
            .AddErrors()
            .AddOpenApiDocument()
            .AddPages(settings.Limits);
        configureServices?.Invoke(builder.Services);

        var app = builder.Build();
        var log = app.Services.GetRequiredService<LogBuffer>();
        _ = app.Services.GetRequiredService<MeterProvider>(); // Before the metrics, so that it sees the counters that start at 0.
        app.Services.GetRequiredService<KvMetrics>().ObserveDroppedLogLines(() => log.DroppedLines);
        foreach (var warning in warnings)
        {
            Logging.Warn(app, warning);
        }

        app.UseConnectionLimits();
        app.UseTrustedProxies(settings.TrustedProxies);
        app.UseMiddleware<RequestLoggingMiddleware>();
        app.UseAudit(settings.AuditLog, settings.AuditReads);
        app.UseSecurityHeaders();
        app.UseErrors();
        app.UseRouting();
        app.UseCaseSensitiveHead();
        app.UseMetricsPort(settings.MetricsPort);
        app.UseAllowedHosts(settings.AllowedHosts, localhostOnly: settings.TrustedProxies.Count == 0 && app.Configuration.ListensOnLocalhostOnly());
        app.UseAssets();
        app.UseNoStore();
        app.UseTokens();
        app.UseMiddleware<BodyBufferingMiddleware>();
        app.UseConcurrencyLimit(settings.MaxConcurrentRequests);
        app.MapOpenApi("/openapi.json").WithConcurrencyLimit().WithHead();
        KvEndpoints.Map(app);
        app.MapControllers().WithConcurrencyLimit().WithHead();
        app.MapHealth();
        app.MapMetrics();

        return app;
    }

    private static int Refuse(StartRefusedException refusal)
    {
        Console.Error.WriteLine(refusal.Message);
        return ExitCodes.For(refusal);
    }
}
