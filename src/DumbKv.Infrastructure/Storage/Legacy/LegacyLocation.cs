using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Postgres;
using DumbKv.Infrastructure.Storage.Sqlite;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>A database of the original server's, wherever it is.</summary>
internal static class LegacyLocation
{
    /// <exception cref="StartRefusedException">There is no such place.</exception>
    public static ILegacyStore Open(string location) => DatabaseOptions.TypeOf(location) switch
    {
        DatabaseType.Postgres => new PostgresLegacyStore(PostgresLocation.Parse(location).ConnectionString),
        _ when !File.Exists(location) => throw new StartRefusedException(StartRefusal.WrongSetting, $"{location} does not exist."),
        _ => OpenFile(location),
    };

    private static SqliteLegacyStore OpenFile(string file)
    {
        SqliteLocation.ThrowIfNotFile(file, file);
        return new SqliteLegacyStore(file);
    }
}
