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
            .AddApplication(options.Pepper, new EntryLimits(EntryLimits.DefaultMaxValueBytes), ProductInfo.Version)
            .AddStore(options)
            .BuildServiceProvider();
    }

    public DatabaseOptions Options { get; }

    public IStoreOpening Opening => _services.GetRequiredService<IStoreOpening>();

    public IStoreContents Contents => _services.GetRequiredService<IStoreContents>();

    public IStoreInspection Inspection => _services.GetRequiredService<IStoreInspection>();

    public CheckStoreHandler Checking => _services.GetRequiredService<CheckStoreHandler>();

    /// <summary>Null for a database that is backed up by its own tools.</summary>
    public IStoreBackup? Backup => _services.GetService<IStoreBackup>();

    /// <summary>Null for a database that is restored by its own tools.</summary>
    public IStoreRestore? Restore => _services.GetService<IStoreRestore>();

    public static CommandServices For(DatabaseOptions options) => new(options);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
