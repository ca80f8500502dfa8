using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Persistence.Postgres;
using DumbKv.Infrastructure.Persistence.Sqlite;

namespace DumbKv.Infrastructure.Persistence.Original;

/// <summary>A database of the original server's, wherever it is.</summary>
internal static class OriginalLocation
{
    /// <exception cref="StartRefusedException">There is no such place.</exception>
    public static IOriginalStore Open(string location) => DatabaseOptions.TypeOf(location) switch
    {
        DatabaseType.Postgres => new PostgresOriginal(PostgresLocation.Parse(location).ConnectionString),
        _ when !File.Exists(location) => throw new StartRefusedException(2, $"{location} does not exist."),
        _ => OpenFile(location),
    };

    private static SqliteOriginal OpenFile(string file)
    {
        SqliteLocation.ThrowIfNotFile(file, file);
        return new SqliteOriginal(file);
    }
}
