using DumbKv.Application;
using DumbKv.Infrastructure.Persistence;
using DumbKv.Infrastructure.Persistence.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.Infrastructure;

public static class DependencyInjection
{
    /// <summary>The store that <paramref name="options"/> name, and its preparation at start.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services, DatabaseOptions options) => services
        .AddSingleton(options)
        .AddSqlite(options)
        .AddSingleton<StartOutcome>()
        .AddSingleton<StoreState>()
        .AddSingleton<IStoreState>(provider => provider.GetRequiredService<StoreState>())
        .AddHostedService<StorePreparation>();

    private static IServiceCollection AddSqlite(this IServiceCollection services, DatabaseOptions options)
    {
        var location = new SqliteLocation(options.Location);

        if (location.IsMemory)
        {
            // A database in memory lives as long as this connection.
            services.AddSingleton(_ => new SqliteConnection(location.ConnectionString));
        }

        return services
            .AddSingleton(location)
            .AddPooledDbContextFactory<SqliteKvDbContext>((provider, context) =>
            {
                context.AddInterceptors(new SqlitePragmas());
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
            .AddSingleton<SqliteTurns>()
            .AddSingleton<IStoreProvider, SqliteProvider>()
            .AddSingleton<IEntryStore, SqliteStore>();
    }
}
