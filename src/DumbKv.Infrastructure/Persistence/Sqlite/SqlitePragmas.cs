using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DumbKv.Infrastructure.Persistence.Sqlite;

/// <summary>What every connection needs to be told, for SQLite does not keep it in the file.</summary>
internal sealed class SqlitePragmas : DbConnectionInterceptor
{
    // FULL: answered means on disk. NORMAL loses the last commits at a power cut when the journal is a WAL.
    private const string Pragmas = "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Apply(connection);
        return Task.CompletedTask;
    }

    private static void Apply(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }
}
