using System.Reflection;
using DumbKv.Application;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;
using DumbKv.Web.Errors;
using DumbKv.Web.Models;
using DumbKv.Web.Observability;
using DumbKv.Web.OpenApi;
using DumbKv.Web.Security;

namespace DumbKv.Web;

/// <summary>The composition root: what the server is made of, and the order a request passes through it.</summary>
public static class Server
{
    public static string Version { get; } = typeof(Server).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Serves until it is told to stop. 0: stopped in good order; 1: could not start; 2: a setting is wrong.</summary>
    public static async Task<int> RunAsync()
    {
        try
        {
            await using var app = Build();
            try
            {
                await app.StartAsync();
                Logging.Listening(app);
                await app.WaitForShutdownAsync();
            }
            catch (OperationCanceledException)
            {
                // The store's preparation stopped the host before it was up.
            }

            return app.Services.GetRequiredService<StartOutcome>().Refusal is { } refusal ? Refuse(refusal) : 0;
        }
        catch (StartRefusedException refusal)
        {
            return Refuse(refusal);
        }
        catch (IOException exception)
        {
            // Kestrel's own sentence names the address, and that it is in use or not this machine's.
            return Refuse(new StartRefusedException(1, exception.Message));
        }
    }

    /// <param name="overrides">Settings that win over the environment and the .env file.</param>
    /// <param name="configureServices">Last word on the container.</param>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static WebApplication Build(
        IEnumerable<KeyValuePair<string, string?>>? overrides = null, Action<IServiceCollection>? configureServices = null)
    {
        // The views and wwwroot stand beside the program; the settings and the database in the folder it is started from.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(Server).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.AddSettings(overrides);
        builder.WebHost.UseStaticWebAssets();

        var settings = ServerSettings.Read(builder.Configuration);

        builder.AddLogging(settings);
        builder.AddTelemetry();
        builder.ConfigureKestrel(settings);
        builder.TrustNobodyByDefault();
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddSingleton(new MissLimit(settings.MissesPerMinute))
            .AddSingleton<LargeBytes>()
            .AddSingleton(settings.WriteTokens)
            .AddApplication(settings.Database.Pepper, settings.Limits, Version)
            .AddInfrastructure(settings.Database)
            .AddStoreHealth()
            .AddProblems()
            .AddOpenApiDocument()
            .AddKvMvc(settings.Limits);
        configureServices?.Invoke(builder.Services);

        var app = builder.Build();

        app.UseTrustedProxies(settings.TrustedProxies);
        app.UseMiddleware<RequestLog>();
        app.UseAudit(settings.AuditLog);
        app.UseSecurityHeaders();
        app.UseProblems();
        app.UseRouting();
        app.UseMetricsPort(settings.MetricsPort);
        app.UseAssets();
        app.UseSwaggerPage();
        app.UseNoStore();
        app.UseWriteTokens(settings.WriteTokens);
        app.UseMiddleware<WholeBodies>();
        app.UseOverloadShedding(settings.MaxConcurrentRequests);
        app.MapOpenApi("/openapi.json").MayBeShed();
        app.MapControllers().MayBeShed();
        app.MapHealth();
        app.MapMetrics();

        return app;
    }

    private static int Refuse(StartRefusedException refusal)
    {
        Console.Error.WriteLine(refusal.Message);
        return refusal.ExitCode;
    }
}
