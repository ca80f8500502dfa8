namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>By the primary key. Transactions that lock several rows do so in one order, and so never wait for each other in a circle.</summary>
internal sealed class RowOrder : IComparer<(int Database, byte[] Lookup)>, IEqualityComparer<(int Database, byte[] Lookup)>
{
    public static readonly RowOrder Instance = new();

    public int Compare((int Database, byte[] Lookup) x, (int Database, byte[] Lookup) y) =>
        x.Database.CompareTo(y.Database) is not 0 and var order ? order : x.Lookup.AsSpan().SequenceCompareTo(y.Lookup);

    public bool Equals((int Database, byte[] Lookup) x, (int Database, byte[] Lookup) y) => Compare(x, y) == 0;

    public int GetHashCode((int Database, byte[] Lookup) row)
    {
        var hash = default(HashCode);
        hash.Add(row.Database);
        hash.AddBytes(row.Lookup);
        return hash.ToHashCode();
    }
}
