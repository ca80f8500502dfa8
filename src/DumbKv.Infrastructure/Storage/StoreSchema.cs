namespace DumbKv.Infrastructure.Storage;

/// <summary>The version of the schema, one number for both databases.</summary>
internal static class StoreSchema
{
    /// <summary>This program's schema: the number of migrations. Each migration increments it.</summary>
    public const int Number = 4;

    /// <summary>
    /// The lowest <see cref="Number"/> of a program that can still open a store of this schema. A migration that earlier programs
    /// do not support raises it, and writes it to the store: UPDATE store SET minimum_schema = …
    /// </summary>
    public const int Minimum = 1;

    /// <summary>The migration that added the column minimum_schema, without its date, which differs between the databases.</summary>
    public const string MinimumSchemaMigration = "MinimumSchema";
}
