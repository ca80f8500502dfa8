using System.Net;
using DumbKv.Application.Entries;
using DumbKv.Infrastructure;
using DumbKv.Web.Auditing;
using DumbKv.Web.Http;
using DumbKv.Web.Tokens;
using static DumbKv.Infrastructure.StartRefusedException;

namespace DumbKv.Web.Configuration;

public enum LogFormat
{
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}

public enum SqliteCheckpoints
{
    On,

    /// <summary>Another program copies the write-ahead log into the file, such as Litestream.</summary>
    Off,
}

/// <summary>The settings, read and checked once at start. docs/settings.md lists them for operators.</summary>
public sealed record ServerSettings
{
    /// <summary>DATABASE_TYPE, DATABASE_LOCATION; PEPPER or PEPPER_FILE, PEPPER_PREVIOUS; MAX_STORE_BYTES; SQLITE_JOURNAL, SQLITE_CHECKPOINTS, LOCK_WAIT_SECONDS.</summary>
    public required DatabaseOptions Database { get; init; }

    /// <summary>MAX_VALUE_BYTES: 1 to 67,108,864; 1,048,576 by default. RECEIPT_DAYS: 0 to 365; 7 by default.</summary>
    public required EntryLimits Limits { get; init; }

    /// <summary>LOG_LEVEL: Information by default.</summary>
    public required LogLevel LogLevel { get; init; }

    /// <summary>LOG_FORMAT: text by default.</summary>
    public required LogFormat LogFormat { get; init; }

    /// <summary>MISSES_PER_MINUTE: failed reads allowed per client address; 60 by default, 0: no limit.</summary>
    public required int MissesPerMinute { get; init; }

    /// <summary>MAX_CONCURRENT_REQUESTS: 1 to 100,000; 256 by default.</summary>
    public required int MaxConcurrentRequests { get; init; }

    /// <summary>WRITE_TOKENS and TOKENS_FILE: the hashes of tokens. Without these settings no token is needed.</summary>
    public required TokenStore Tokens { get; init; }

    /// <summary>REQUIRE_TOKEN: write by default.</summary>
    public required RequireToken RequireToken { get; init; }

    /// <summary>TRUSTED_PROXIES: networks whose X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host the server uses; none by default.</summary>
    public required IReadOnlyList<IPNetwork> TrustedProxies { get; init; }

    /// <summary>ALLOWED_HOSTS: host names that requests can use. By default any, or the names of localhost if the server listens on localhost only.</summary>
    public required IReadOnlyList<string> AllowedHosts { get; init; }

    /// <summary>METRICS_PORT: the separate port for /metrics. Null: /metrics is on all ports.</summary>
    public required int? MetricsPort { get; init; }

    /// <summary>AUDIT_LOG: off by default.</summary>
    public required AuditLog AuditLog { get; init; }

    /// <summary>AUDIT_READS: whether the audit log has reads too; false by default. Needs AUDIT_LOG.</summary>
    public required bool AuditReads { get; init; }

    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static ServerSettings Read(IConfiguration configuration) => new()
    {
        Database = ReadDatabase(configuration),
        Limits = new EntryLimits(
            configuration.ReadInt("MAX_VALUE_BYTES", EntryLimits.DefaultMaxValueBytes, 1, EntryLimits.HighestMaxValueBytes),
            TimeSpan.FromDays(configuration.ReadInt("RECEIPT_DAYS", EntryLimits.DefaultReceiptDays, 0, EntryLimits.HighestReceiptDays))),
        LogLevel = configuration.ReadName("LOG_LEVEL", LogLevel.Information),
        LogFormat = configuration.ReadName("LOG_FORMAT", LogFormat.Text),
        MissesPerMinute = configuration.ReadInt("MISSES_PER_MINUTE", 60, 0, 1_000_000),
        MaxConcurrentRequests = configuration.ReadInt("MAX_CONCURRENT_REQUESTS", 256, 1, 100_000),
        Tokens = ReadTokens(configuration),
        RequireToken = ReadRequireToken(configuration),
        TrustedProxies = configuration.ReadList<IPNetwork>("TRUSTED_PROXIES", TryParseNetwork, "must be networks like 10.0.0.0/8 or fd00::/8, separated by commas. The bits after the prefix are zero: one address is 10.0.0.5/32."),
        AllowedHosts = configuration.ReadList<string>("ALLOWED_HOSTS", HostNames.TryParsePattern, "must be host names without scheme and port, separated by commas, like kv.example.com,*.example.com."),
        MetricsPort = ReadMetricsPort(configuration),
        AuditLog = configuration.ReadName("AUDIT_LOG", AuditLog.Off),
        AuditReads = ReadAuditReads(configuration),
    };

    /// <exception cref="StartRefusedException">The setting is wrong.</exception>
    public static int? ReadMetricsPort(IConfiguration configuration) => configuration.ReadInt("METRICS_PORT", 0, 1, 65_535) is > 0 and var port ? port : null;

    /// <summary>The settings that say where this store is and how it is opened.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="isCommand">An admin command reads them, not a server.</param>
    /// <param name="readOnly">It changes nothing.</param>
    /// <exception cref="StartRefusedException">One of them is wrong.</exception>
    public static DatabaseOptions ReadDatabase(IConfiguration configuration, bool isCommand = false, bool readOnly = false) => new()
    {
        Type = configuration.ReadName("DATABASE_TYPE", DatabaseType.Sqlite),
        Location = configuration.Text("DATABASE_LOCATION") ?? DefaultLocation(configuration.ReadName("DATABASE_TYPE", DatabaseType.Sqlite)),
        Pepper = PepperSetting.Read(configuration, "PEPPER"),
        PreviousPepper = PepperSetting.ReadPrevious(configuration),
        MaxBytes = configuration.ReadLong("MAX_STORE_BYTES", 0, 0, long.MaxValue) is > 0 and var bytes ? bytes : null,
        Journal = ReadJournal(configuration),
        Checkpoints = configuration.ReadName("SQLITE_CHECKPOINTS", SqliteCheckpoints.On) == SqliteCheckpoints.On,
        LockWait = ReadLockWait(configuration),
        WaitsForDatabase = !isCommand,
        ReadOnly = readOnly,
    };

    /// <summary>A store that a command's argument names. It needs no pepper, because no value is decrypted.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="location">The argument's value.</param>
    /// <param name="argument">Its name, for messages.</param>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static DatabaseOptions ReadDatabaseAt(IConfiguration configuration, string location, string argument) => new()
    {
        Type = DatabaseOptions.TypeOf(location),
        Location = location,
        LocationSetting = argument,
        Journal = ReadJournal(configuration),
        LockWait = ReadLockWait(configuration),
        WaitsForDatabase = false,
    };

    /// <summary>The tokens that the server accepts at start.</summary>
    /// <exception cref="StartRefusedException">A setting or the file is wrong.</exception>
    public static TokenStore ReadTokens(IConfiguration configuration)
    {
        var writeTokens = configuration.ReadList<byte[]>(
            "WRITE_TOKENS", AccessToken.TryParseHash, "must be SHA-256 hashes in hex, separated by commas. Make a token and its hash with: dumbkv token");
        var tokens = writeTokens.Select(AccessToken.ForWrites).ToList();
        var file = configuration.Text("TOKENS_FILE");
        try
        {
            return new TokenStore(file, tokens, file is null ? [] : TokensFile.Parse(TokensFile.ReadBytes(file), tokens));
        }
        catch (TokensFileException exception)
        {
            throw ForSetting("TOKENS_FILE", $"{file} {exception.Message}");
        }
    }

    /// <summary>Refused without TOKENS_FILE: without tokens the server would be open, and the tokens of WRITE_TOKENS cannot read.</summary>
    private static RequireToken ReadRequireToken(IConfiguration configuration)
    {
        var required = configuration.ReadName("REQUIRE_TOKEN", RequireToken.Write);
        return required == RequireToken.All && configuration.Text("TOKENS_FILE") is null
            ? throw ForSetting("REQUIRE_TOKEN", "is all, and TOKENS_FILE is not set. Set TOKENS_FILE to a file with the tokens that may read.")
            : required;
    }

    /// <summary>The framework drops the bits after the prefix, so a mistyped 10.0.0.5/8 would trust 16 million addresses.</summary>
    private static bool TryParseNetwork(string text, out IPNetwork network) =>
        IPNetwork.TryParse(text, out network) && IPAddress.TryParse(text.Split('/')[0], out var address) && address.Equals(network.BaseAddress);

    /// <summary>Refused without AUDIT_LOG: an operator would otherwise notice only after an incident that no read was recorded.</summary>
    private static bool ReadAuditReads(IConfiguration configuration) =>
        configuration.ReadBool("AUDIT_READS", false)
        && (configuration.ReadName("AUDIT_LOG", AuditLog.Off) == AuditLog.Off ? throw ForSetting("AUDIT_READS", "needs AUDIT_LOG=stdout, and AUDIT_LOG is off.") : true);

    private static SqliteJournal ReadJournal(IConfiguration configuration) => configuration.ReadName("SQLITE_JOURNAL", SqliteJournal.Auto);

    private static TimeSpan ReadLockWait(IConfiguration configuration) =>
        TimeSpan.FromSeconds(configuration.ReadInt("LOCK_WAIT_SECONDS", 60, 0, 86_400));

    private static string DefaultLocation(DatabaseType type)
    {
        if (type == DatabaseType.Postgres)
        {
            throw ForSetting("DATABASE_LOCATION", "is not set. For PostgreSQL write postgres://user@host/database.");
        }

        const string originals = "database/dumbkv.db";

        return File.Exists(originals) && !File.Exists(DatabaseOptions.DefaultSqliteFile)
            ? throw ForSetting(
                "DATABASE_LOCATION",
                $"not set, {DatabaseOptions.DefaultSqliteFile} does not exist, and {originals}, the original server's default, does. "
                + $"Set it to {originals} to take that store over, or to {DatabaseOptions.DefaultSqliteFile} to start a new one.")
            : DatabaseOptions.DefaultSqliteFile;
    }
}
