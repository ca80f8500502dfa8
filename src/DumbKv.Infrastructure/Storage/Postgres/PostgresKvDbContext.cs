using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace DumbKv.Infrastructure.Storage.Postgres;

internal sealed class PostgresKvDbContext(DbContextOptions<PostgresKvDbContext> options) : KvDbContext(options);

/// <summary>For <c>dotnet ef</c> only.</summary>
internal sealed class PostgresDesignTimeFactory : IDesignTimeDbContextFactory<PostgresKvDbContext>
{
    public PostgresKvDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresKvDbContext>().UseNpgsql("Host=localhost").Options);
}
