using DumbKv.Domain.Entries;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage;

/// <summary>The schema, the same on every provider. A context of its own for each carries that provider's migrations.</summary>
internal abstract class KvDbContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<Entry> Entries => Set<Entry>();

    public DbSet<StoreInfo> Store => Set<StoreInfo>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfiguration(new EntryConfiguration());
        modelBuilder.ApplyConfiguration(new StoreInfoConfiguration());
    }
}
