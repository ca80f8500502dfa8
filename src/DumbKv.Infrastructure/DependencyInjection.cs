using System.Diagnostics;
using DumbKv.Application;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Startup;
using DumbKv.Infrastructure.Storage;
using DumbKv.Infrastructure.Storage.Legacy;
using DumbKv.Infrastructure.Storage.Maintenance;
using DumbKv.Infrastructure.Storage.Postgres;
using DumbKv.Infrastructure.Storage.Postgres.Maintenance;
using DumbKv.Infrastructure.Storage.Sqlite;
using DumbKv.Infrastructure.Storage.Sqlite.Maintenance;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace DumbKv.Infrastructure;

public static class DependencyInjection
{
    /// <summary>Adds what a server needs: the store that <paramref name="options"/> name, its initialization at start, and the sweeper.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services, DatabaseOptions options) => services
        .AddStore(options)
        .AddSingleton<StartOutcome>()
        .AddHostedService<ShutdownDelayService>()
        .AddHostedService<StoreInitializationService>()
        .AddHostedService<StoreSizeMonitor>()
        .AddHostedService<ExpiredEntrySweeper>();

    /// <summary>Adds what a command needs: the store that <paramref name="options"/> name, without background services.</summary>
    public static IServiceCollection AddStore(this IServiceCollection services, DatabaseOptions options) => services
        .AddSingleton(options)
        .AddProvider(options)
        .AddSingleton<StoreHealth>()
        .AddSingleton<IStoreHealth>(provider => provider.GetRequiredService<StoreHealth>())
        .AddSingleton<IStoreInitializer, StoreInitializer>();

    private static IServiceCollection AddProvider(this IServiceCollection services, DatabaseOptions options) => options.Type switch
    {
        DatabaseType.Sqlite => services.AddSqlite(options),
        DatabaseType.Postgres => services.AddPostgres(options),
        _ => throw new UnreachableException(),
    };

    private static IServiceCollection AddPostgres(this IServiceCollection services, DatabaseOptions options)
    {
        var location = PostgresLocation.Parse(options.Location, options.LocationSetting);

        return services
            .AddSingleton(location)
            .AddSingleton(provider => new NpgsqlDataSourceBuilder(location.ConnectionString)
                .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>())
                .Build())
            .AddPooledDbContextFactory<PostgresKvDbContext>((provider, context) => context.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()))
            .AddSingleton<IDatabase, PostgresDatabase>()
            .AddSingleton<IEntryScanner, PostgresEntryScanner>()
            .AddSingleton<IStoreChecker, PostgresStoreChecker>()
            .AddSingleton<IPepperChanger, PostgresPepperChanger>()
            .AddSingleton<ILegacyStore>(new PostgresLegacyStore(location.ConnectionString))
            .AddSingleton<IImportTarget, PostgresImportTarget>()
            .AddSingleton<IExpiredEntries, PostgresExpiredEntries>()
            .AddSingleton<PostgresConnections>()
            .AddSingleton<PostgresReader>()
            .AddSingleton<PostgresWriter>()
            .AddSingleton<IEntryStore, PostgresStore>();
    }

    private static IServiceCollection AddSqlite(this IServiceCollection services, DatabaseOptions options)
    {
        var location = new SqliteLocation(options);
        location.ThrowIfShared();

        if (location.IsMemory)
        {
            // A database in memory exists as long as this connection is open.
            services.AddSingleton(_ => new SqliteConnection(location.ConnectionString));
        }

        return services
            .AddSingleton(location)
            .AddSingleton<SqlitePragmas>()
            .AddPooledDbContextFactory<SqliteKvDbContext>((provider, context) =>
            {
                context.AddInterceptors(provider.GetRequiredService<SqlitePragmas>());
                if (location.IsMemory)
                {
                    var connection = provider.GetRequiredService<SqliteConnection>();
                    connection.Open();
                    context.UseSqlite(connection);
                }
                else
                {
                    context.UseSqlite(location.ConnectionString);
                }
            })
            .AddSingleton<SqliteFileLock>()
            .AddSingleton<SqliteSnapshot>()
            .AddSingleton<SqliteWriteLock>()
            .AddSingleton<SqliteCheckpointer>()
            .AddSingleton<SqliteReaderPool>()
            .AddSingleton<SqliteWriter>()
            .AddSingleton<IDatabase, SqliteDatabase>()
            .AddSingleton<IEntryScanner, SqliteEntryScanner>()
            .AddSingleton<IStoreChecker, SqliteStoreChecker>()
            .AddSingleton<IPepperChanger, SqlitePepperChanger>()
            .AddSingleton<ILegacyStore>(new SqliteLegacyStore(location.File))
            .AddSingleton<IImportTarget, SqliteImportTarget>()
            .AddSingleton<IStoreBackup, SqliteBackup>()
            .AddSingleton<IStoreRestore, SqliteRestore>()
            .AddSingleton<IExpiredEntries, SqliteExpiredEntries>()
            .AddSingleton<IEntryStore, SqliteStore>();
    }
}
