using System.Diagnostics;
using DumbKv.Application;
using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Persistence;
using DumbKv.Infrastructure.Persistence.Postgres;
using DumbKv.Infrastructure.Persistence.Sqlite;
using DumbKv.Infrastructure.Sweeping;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace DumbKv.Infrastructure;

public static class DependencyInjection
{
    /// <summary>The store that <paramref name="options"/> name, prepared at start and swept from then on: what a server needs.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services, DatabaseOptions options) => services
        .AddStore(options)
        .AddSingleton<StartOutcome>()
        .AddHostedService<Draining>()
        .AddHostedService<StorePreparation>()
        .AddHostedService<StoreSizeWatch>()
        .AddHostedService<ExpiredEntrySweeper>();

    /// <summary>The store that <paramref name="options"/> name, and nothing that runs by itself: what an admin verb needs.</summary>
    public static IServiceCollection AddStore(this IServiceCollection services, DatabaseOptions options) => services
        .AddSingleton(options)
        .AddProvider(options)
        .AddSingleton<StoreState>()
        .AddSingleton<IStoreState>(provider => provider.GetRequiredService<StoreState>())
        .AddSingleton<IStoreOpening, StoreOpening>();

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
            .AddSingleton<IStoreProvider, PostgresProvider>()
            .AddSingleton<IStoreContents, PostgresContents>()
            .AddSingleton<IStoreInspection, PostgresInspection>()
            .AddSingleton<IExpiredEntries, PostgresExpiredEntries>()
            .AddSingleton<PostgresConnections>()
            .AddSingleton<PostgresReads>()
            .AddSingleton<PostgresWrites>()
            .AddSingleton<IEntryStore, PostgresStore>();
    }

    private static IServiceCollection AddSqlite(this IServiceCollection services, DatabaseOptions options)
    {
        var location = new SqliteLocation(options);
        location.ThrowIfShared();

        if (location.IsMemory)
        {
            // A database in memory lives as long as this connection.
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
            .AddSingleton<SqliteInstanceLock>()
            .AddSingleton<SqliteSnapshot>()
            .AddSingleton<SqliteTurns>()
            .AddSingleton<SqliteCheckpoints>()
            .AddSingleton<SqliteReaders>()
            .AddSingleton<SqliteWriter>()
            .AddSingleton<SqliteWriteQueue>()
            .AddSingleton<IStoreProvider, SqliteProvider>()
            .AddSingleton<IStoreContents, SqliteContents>()
            .AddSingleton<IStoreInspection, SqliteInspection>()
            .AddSingleton<IStoreBackup, SqliteBackup>()
            .AddSingleton<IStoreRestore, SqliteRestore>()
            .AddSingleton<IExpiredEntries, SqliteExpiredEntries>()
            .AddSingleton<IEntryStore, SqliteStore>();
    }
}
