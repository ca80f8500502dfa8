using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace DumbKv.Infrastructure.Storage.Sqlite;

internal sealed class SqliteKvDbContext(DbContextOptions<SqliteKvDbContext> options) : KvDbContext(options);

/// <summary>For <c>dotnet ef</c> only.</summary>
internal sealed class SqliteDesignTimeFactory : IDesignTimeDbContextFactory<SqliteKvDbContext>
{
    public SqliteKvDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteKvDbContext>().UseSqlite("Data Source=:memory:").Options);
}
