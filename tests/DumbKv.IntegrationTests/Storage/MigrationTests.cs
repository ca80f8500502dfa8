using DumbKv.Infrastructure.Storage;
using DumbKv.Infrastructure.Storage.Postgres;
using DumbKv.Infrastructure.Storage.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.IntegrationTests.Storage;

public sealed class MigrationTests
{
    [Test]
    public void The_migrations_match_the_model()
    {
        using KvDbContext sqlite = new SqliteDesignTimeFactory().CreateDbContext([]);
        using KvDbContext postgres = new PostgresDesignTimeFactory().CreateDbContext([]);

        sqlite.Database.HasPendingModelChanges().Should().BeFalse("add a migration: CONTRIBUTING.md has the command");
        postgres.Database.HasPendingModelChanges().Should().BeFalse("add a migration: CONTRIBUTING.md has the command");
    }
}
