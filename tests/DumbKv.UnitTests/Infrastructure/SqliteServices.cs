using System.Diagnostics.Metrics;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure;
using DumbKv.Infrastructure.Storage;
using DumbKv.UnitTests.Application;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.UnitTests.Infrastructure;

/// <summary>The services of a SQLite store, as in a server, without a server.</summary>
internal sealed class SqliteServices : IAsyncDisposable
{
    private readonly ServiceProvider _provider;
    private readonly DirectoryInfo? _folder;

    private SqliteServices(DirectoryInfo? folder)
    {
        _folder = folder;
        Metrics = new RecordedMetrics();
        _provider = new ServiceCollection()
            .AddSingleton<IMeterFactory>(Metrics)
            .AddSingleton(TimeProvider.System)
            .AddLogging()
            .AddApplication(pepper: null, EntryLimits.Default, "1.2.3")
            .AddStore(new DatabaseOptions { Type = DatabaseType.Sqlite, Location = folder is null ? ":memory:" : Path.Combine(folder.FullName, "dumbkv.db") })
            .BuildServiceProvider();
    }

    public RecordedMetrics Metrics { get; }

    /// <summary>Creates the store in a temporary folder.</summary>
    public static Task<SqliteServices> CreateAsync() => CreateAsync(Directory.CreateTempSubdirectory("dumbkv-test-"));

    public static Task<SqliteServices> CreateInMemoryAsync() => CreateAsync(folder: null);

    public T Get<T>()
        where T : notnull => _provider.GetRequiredService<T>();

    /// <summary>Completes the writes that are waiting, and closes the store. The file stays until <see cref="DisposeAsync"/>.</summary>
    public ValueTask StopAsync() => _provider.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Metrics.Dispose();
        _folder?.Delete(recursive: true);
    }

    private static async Task<SqliteServices> CreateAsync(DirectoryInfo? folder)
    {
        var services = new SqliteServices(folder);
        await services.Get<IStoreInitializer>().OpenAsync(fingerprint: null, _ => { }, CancellationToken.None);
        services.Get<StoreHealth>().NotReady = null;
        return services;
    }
}
