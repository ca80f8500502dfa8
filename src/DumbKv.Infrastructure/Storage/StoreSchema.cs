namespace DumbKv.Infrastructure.Storage;

/// <summary>The version of the schema, one number for both databases.</summary>
internal static class StoreSchema
{
    /// <summary>The schema of this program: the number of migrations, which each migration raises by one.</summary>
    public const int Number = 3;

    /// <summary>
    /// The lowest <see cref="Number"/> that a program may have and still open a store of this schema. A migration that earlier
    /// programs cannot work with raises it, and writes it to the store: UPDATE store SET minimum_schema = …
    /// </summary>
    public const int Minimum = 1;

    /// <summary>The migration that added the column minimum_schema, without its date, which differs between the databases.</summary>
    public const string MinimumSchemaMigration = "MinimumSchema";
}
