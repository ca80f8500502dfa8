using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;
using DumbKv.Web.Telemetry;

namespace DumbKv.Web.Commands;

/// <summary>The services that a command needs: the store, without the server's background services.</summary>
internal sealed class CommandServices : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private CommandServices(DatabaseOptions options)
    {
        Options = options;
        _services = new ServiceCollection()
            .AddCommandLogging()
            .AddMetrics()
            .AddSingleton(TimeProvider.System)
            .AddApplication(options.Pepper, EntryLimits.Default, ProductInfo.Version)
            .AddStore(options)
            .BuildServiceProvider();
    }

    public DatabaseOptions Options { get; }

    public IStoreInitializer Initializer => _services.GetRequiredService<IStoreInitializer>();

    public IEntryScanner Scanner => _services.GetRequiredService<IEntryScanner>();

    public IStoreChecker Checker => _services.GetRequiredService<IStoreChecker>();

    public CheckStoreHandler CheckHandler => _services.GetRequiredService<CheckStoreHandler>();

    /// <summary>Null for a database that is backed up by its own tools.</summary>
    public IStoreBackup? Backup => _services.GetService<IStoreBackup>();

    /// <summary>Null for a database that is restored by its own tools.</summary>
    public IStoreRestore? Restore => _services.GetService<IStoreRestore>();

    public static CommandServices For(DatabaseOptions options) => new(options);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
