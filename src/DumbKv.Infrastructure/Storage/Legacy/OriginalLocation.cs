using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Postgres;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>A database of the original server's, wherever it is.</summary>
internal static class OriginalLocation
{
    /// <exception cref="StartRefusedException">There is no such place.</exception>
    public static IOriginalStore Open(string location) => DatabaseOptions.TypeOf(location) switch
    {
        DatabaseType.Postgres => new PostgresOriginal(PostgresLocation.Parse(location).ConnectionString),
        _ when !File.Exists(location) => throw new StartRefusedException(2, $"{location} does not exist."),
        _ => new SqliteOriginal(location),
    };
}
