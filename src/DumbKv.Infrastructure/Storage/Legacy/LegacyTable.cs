using System.Data.Common;
using DumbKv.Application.Maintenance;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>The name of the original's table, and how its rows are read, for both databases.</summary>
internal static class LegacyTable
{
    public const string Name = "kv";

    // Together they bound the memory of a batch, and how long its transaction delays writers.
    private const int BatchRows = 64;
    private const int BatchCharacters = 4_000_000;

    /// <summary>A table is the original's if it has exactly these columns.</summary>
    public static bool IsLegacy(IEnumerable<string> columns) =>
        columns.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(["database_id", "key", "value"]);

    /// <summary>The next rows of (place, database_id, key, value). Empty at the end.</summary>
    public static async Task<List<LegacyRow>> ReadBatchAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        var batch = new List<LegacyRow>(BatchRows);
        var characters = 0;

        while (batch.Count < BatchRows && characters < BatchCharacters && await reader.ReadAsync(cancellationToken))
        {
            var row = new LegacyRow($"{reader.GetValue(0)}", Integer(reader.GetValue(1)), reader.GetValue(2) as string, reader.GetValue(3) as string);
            batch.Add(row);
            characters += row.Token?.Length ?? 0;
        }

        return batch;
    }

    // A SQLite column can hold a value of any type.
    private static int? Integer(object value) => value switch
    {
        int number => number,
        long number and >= int.MinValue and <= int.MaxValue => (int)number,
        _ => null,
    };
}
