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
    /// Builds EF Core's model on another core while the web server is built. A new store is created with it, and building it takes a third of a
    /// start. EF Core keeps it for the process. This opens no store, and an exception is thrown again when the store is initialized.
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
