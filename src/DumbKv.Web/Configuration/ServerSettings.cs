using System.Globalization;
using DumbKv.Application.Entries;
using DumbKv.Infrastructure;
using static DumbKv.Infrastructure.StartRefusedException;

namespace DumbKv.Web.Configuration;

public enum LogFormat
{
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>The settings, read and checked once at start. README.md lists them for operators.</summary>
public sealed record ServerSettings
{
    /// <summary>DATABASE_TYPE, DATABASE_LOCATION; PEPPER or PEPPER_FILE; SQLITE_JOURNAL, LOCK_WAIT_SECONDS.</summary>
    public required DatabaseOptions Database { get; init; }

    /// <summary>MAX_VALUE_BYTES: 1 to 67,108,864; 1,048,576 by default.</summary>
    public required EntryLimits Limits { get; init; }

    /// <summary>LOG_LEVEL: Information by default.</summary>
    public required LogLevel LogLevel { get; init; }

    /// <summary>LOG_FORMAT: text by default.</summary>
    public required LogFormat LogFormat { get; init; }

    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static ServerSettings Read(IConfiguration configuration) => new()
    {
        Database = ReadDatabase(configuration),
        Limits = new EntryLimits(ReadInt(configuration, "MAX_VALUE_BYTES", EntryLimits.DefaultMaxValueBytes, 1, EntryLimits.HighestMaxValueBytes)),
        LogLevel = ReadName(configuration, "LOG_LEVEL", LogLevel.Information),
        LogFormat = ReadName(configuration, "LOG_FORMAT", LogFormat.Text),
    };

    /// <summary>The settings that say where this store is and how it is opened.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="isVerb">An admin verb reads them, not a server.</param>
    /// <param name="readOnly">It changes nothing.</param>
    /// <exception cref="StartRefusedException">One of them is wrong.</exception>
    public static DatabaseOptions ReadDatabase(IConfiguration configuration, bool isVerb = false, bool readOnly = false) => new()
    {
        Type = ReadName(configuration, "DATABASE_TYPE", DatabaseType.Sqlite),
        Location = Text(configuration, "DATABASE_LOCATION") ?? DefaultLocation(),
        Pepper = PepperSetting.Read(Text(configuration, "PEPPER"), Text(configuration, "PEPPER_FILE")),
        Journal = ReadJournal(configuration),
        LockWait = ReadLockWait(configuration),
        WaitsForDatabase = !isVerb,
        ReadOnly = readOnly,
    };

    /// <summary>A store that a verb's argument names. It needs no pepper: nothing in it is opened.</summary>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static DatabaseOptions ReadDatabaseAt(IConfiguration configuration, string location) => new()
    {
        Type = DatabaseOptions.TypeOf(location),
        Location = location,
        Journal = ReadJournal(configuration),
        LockWait = ReadLockWait(configuration),
        WaitsForDatabase = false,
    };

    private static SqliteJournal ReadJournal(IConfiguration configuration) => ReadName(configuration, "SQLITE_JOURNAL", SqliteJournal.Auto);

    private static TimeSpan ReadLockWait(IConfiguration configuration) =>
        TimeSpan.FromSeconds(ReadInt(configuration, "LOCK_WAIT_SECONDS", 60, 0, 86_400));

    private static string DefaultLocation()
    {
        const string originals = "database/dumbkv.db";

        return File.Exists(originals) && !File.Exists(DatabaseOptions.DefaultSqliteFile)
            ? throw ForSetting(
                "DATABASE_LOCATION",
                $"not set, {DatabaseOptions.DefaultSqliteFile} does not exist, and {originals}, the original server's default, does. "
                + $"Set it to {originals} to take that store over, or to {DatabaseOptions.DefaultSqliteFile} to start a new one.")
            : DatabaseOptions.DefaultSqliteFile;
    }

    private static int ReadInt(IConfiguration configuration, string name, int byDefault, int from, int to)
    {
        if (Text(configuration, name) is not { } text)
        {
            return byDefault;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to
            ? number
            : throw ForSetting(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {from} to {to}."));
    }

    private static TEnum ReadName<TEnum>(IConfiguration configuration, string name, TEnum byDefault)
        where TEnum : struct, Enum
    {
        if (Text(configuration, name) is not { } text)
        {
            return byDefault;
        }

        var names = Enum.GetNames<TEnum>();
        return names.Contains(text, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<TEnum>(text, ignoreCase: true)
            : throw ForSetting(name, $"must be one of {string.Join(", ", names.Select(Shown<TEnum>))}.");
    }

    // As the contract writes them: levels with a capital, everything else small.
    private static string Shown<TEnum>(string name) => typeof(TEnum) == typeof(LogLevel) ? name : name.ToLowerInvariant();

    /// <summary>Set to nothing is not set.</summary>
    private static string? Text(IConfiguration configuration, string name) =>
        configuration[name] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;
}
