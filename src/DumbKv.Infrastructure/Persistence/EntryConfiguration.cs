using DumbKv.Domain.Entries;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DumbKv.Infrastructure.Persistence;

/// <summary>
/// No sequence, no foreign key, and one primary key that every statement of a request names: so the table can be
/// distributed by lookup without a change of code.
/// </summary>
internal sealed class EntryConfiguration : IEntityTypeConfiguration<Entry>
{
    public void Configure(EntityTypeBuilder<Entry> builder)
    {
        builder.ToTable("entries");
        builder.HasKey(entry => new { entry.Database, entry.Lookup });

        builder.Property(entry => entry.Database).HasColumnName("database_id").ValueGeneratedNever();
        builder.Property(entry => entry.Lookup).HasColumnName("lookup").ValueGeneratedNever();
        builder.Property(entry => entry.Version).HasColumnName("version");
        builder.Property(entry => entry.ExpiresAt).HasColumnName("expires_at");
        builder.Property(entry => entry.Flags).HasColumnName("flags");
        builder.Property(entry => entry.Sealed).HasColumnName("sealed");
        builder.Ignore(entry => entry.IsOnce);
        builder.Ignore(entry => entry.IsBinary);

        // For the sweeper; most entries never expire and stay out of it.
        builder.HasIndex(entry => entry.ExpiresAt, "entries_expires_at").HasFilter("expires_at IS NOT NULL");
    }
}
