using DumbKv.Domain.Entries;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage;

/// <summary>The schema, the same for each provider. Each provider has a derived context with its own migrations.</summary>
internal abstract class KvDbContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<Entry> Entries => Set<Entry>();

    public DbSet<StoreInfo> Store => Set<StoreInfo>();

    /// <summary>SQL that returns 1 if there is a table of migrations, else 0.</summary>
    public abstract string CountMigrationTables { get; }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfiguration(new EntryConfiguration());
        modelBuilder.ApplyConfiguration(new StoreInfoConfiguration());
    }
}
