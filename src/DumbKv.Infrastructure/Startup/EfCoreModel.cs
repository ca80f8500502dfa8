using DumbKv.Infrastructure.Storage;
using DumbKv.Infrastructure.Storage.Postgres;
using DumbKv.Infrastructure.Storage.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;

namespace DumbKv.Infrastructure.Startup;

public static class EfCoreModel
{
    /// <summary>
    /// Builds EF Core's model on another core while the web server is built, and compiles the code that opens a store. Otherwise a start
    /// takes about a fifth longer. EF Core keeps the model for the process. This opens no store. The initialization of the store throws
    /// again what is thrown here.
    /// </summary>
    public static void BuildInBackground(DatabaseType type) => _ = Task.Run(() =>
    {
        using KvDbContext context = type == DatabaseType.Sqlite
            ? new SqliteDesignTimeFactory().CreateDbContext([])
            : new PostgresDesignTimeFactory().CreateDbContext([]);
        _ = context.Database.GetMigrations().Count();
        _ = context.GetService<IDesignTimeModel>().Model.GetRelationalModel();
    });
}
