using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Persistence.Postgres;
using DumbKv.Infrastructure.Persistence.Sqlite;

namespace DumbKv.Infrastructure.Persistence.Original;

/// <summary>A database of the original server's, wherever it is.</summary>
internal static class OriginalLocation
{
    private const string Argument = "--from";

    /// <exception cref="StartRefusedException">There is no such place.</exception>
    public static IOriginalStore Open(string location) => DatabaseOptions.TypeOf(location) switch
    {
        DatabaseType.Postgres => new PostgresOriginal(PostgresLocation.Parse(location, Argument).ConnectionString),
        _ => OpenFile(location),
    };

    private static SqliteOriginal OpenFile(string file)
    {
        SqliteLocation.ThrowIfNotPath(file, Argument);
        if (!Path.Exists(file))
        {
            throw new StartRefusedException(2, $"{file} does not exist.");
        }

        SqliteLocation.ThrowIfNotFile(file, file);
        return new SqliteOriginal(file);
    }
}
