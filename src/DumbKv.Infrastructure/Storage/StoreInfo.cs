using System.Globalization;
using DumbKv.Domain.Crypto;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DumbKv.Infrastructure.Storage;

/// <summary>The one row of the table store: properties of the store itself.</summary>
internal sealed class StoreInfo
{
    public const int TheOnlyId = 1;

    public required int Id { get; init; }

    /// <inheritdoc cref="StoredKey"/>
    public required byte[]? PepperFingerprint { get; init; }

    /// <inheritdoc cref="StoredKey"/>
    public byte[]? StoreKey { get; init; }

    /// <inheritdoc cref="StoredKey"/>
    public byte[]? StoreKeyPepper { get; init; }

    /// <inheritdoc cref="StoredKey"/>
    public bool FirstPepperIsStoreKey { get; init; }

    /// <summary>
    /// Rows of the original server's table that could not be imported, recorded after the rest of the table was scrubbed. Null if
    /// there is no such table.
    /// </summary>
    public long? OriginalRowsLeft { get; init; }

    /// <summary>The lowest <see cref="StoreSchema.Number"/> that can open this store.</summary>
    public int MinimumSchema { get; init; } = StoreSchema.Minimum;

    public StoredKey Key => new(StoreKey, StoreKeyPepper, PepperFingerprint, FirstPepperIsStoreKey);

    /// <summary>The key of the store. Null: the store has none.</summary>
    public static Task<StoredKey?> ReadKeyAsync(KvDbContext context, CancellationToken cancellationToken) => context.Database.SingleAsync(
        $"SELECT store_key, store_key_pepper, pepper_fingerprint, first_pepper_is_store_key FROM store WHERE id = {TheOnlyId}",
        row => new StoredKey(row[0] as byte[], row[1] as byte[], row[2] as byte[], Convert.ToBoolean(row[3], CultureInfo.InvariantCulture)),
        cancellationToken);

    /// <summary>The same row with another key.</summary>
    public StoreInfo With(StoredKey key) => new()
    {
        Id = Id,
        PepperFingerprint = key.EarlierFingerprint,
        StoreKey = key.Key,
        StoreKeyPepper = key.PepperFingerprint,
        FirstPepperIsStoreKey = key.FirstPepperIsKey,
        OriginalRowsLeft = OriginalRowsLeft,
        MinimumSchema = MinimumSchema,
    };
}

internal sealed class StoreInfoConfiguration : IEntityTypeConfiguration<StoreInfo>
{
    public void Configure(EntityTypeBuilder<StoreInfo> builder)
    {
        builder.ToTable("store");
        builder.Property(store => store.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(store => store.PepperFingerprint).HasColumnName("pepper_fingerprint");
        builder.Property(store => store.StoreKey).HasColumnName("store_key");
        builder.Property(store => store.StoreKeyPepper).HasColumnName("store_key_pepper");
        builder.Property(store => store.FirstPepperIsStoreKey).HasColumnName("first_pepper_is_store_key").HasDefaultValue(false);
        builder.Ignore(store => store.Key);
        builder.Property(store => store.OriginalRowsLeft).HasColumnName("original_rows_left");

        // The default is for a server of schema 2, which inserts the row without this column.
        builder.Property(store => store.MinimumSchema).HasColumnName("minimum_schema").HasDefaultValue(1);
    }
}
