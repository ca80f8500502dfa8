using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Postgres;
using DumbKv.Infrastructure.Storage.Sqlite;

namespace DumbKv.Infrastructure.Storage.Legacy;

/// <summary>A database of the original server.</summary>
internal static class LegacyLocation
{
    private const string Argument = "--from";

    /// <exception cref="StartRefusedException">The location does not exist.</exception>
    public static ILegacyStore Open(string location) => DatabaseOptions.TypeOf(location) switch
    {
        DatabaseType.Postgres => new PostgresLegacyStore(PostgresLocation.Parse(location, Argument).ConnectionString),
        _ => OpenFile(location),
    };

    private static SqliteLegacyStore OpenFile(string file)
    {
        SqliteLocation.ThrowIfNotPath(file, Argument);
        if (!Path.Exists(file))
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{file} does not exist.");
        }

        SqliteLocation.ThrowIfNotFile(file, file);
        return new SqliteLegacyStore(file);
    }
}
