using System.Globalization;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// A PostgreSQL DATABASE_LOCATION: <c>postgres://user:password@host1:5432,host2/db?sslmode=require</c>, with libpq's or
/// Npgsql's names as parameters, or an Npgsql connection string. What it does not set gets this server's defaults.
/// </summary>
internal sealed class PostgresLocation
{
    private const string Variable = "DATABASE_LOCATION";

    private const string Form = "Write postgres://user:password@host:5432/database?sslmode=require, or an Npgsql connection string.";

    // libpq's names, where Npgsql has another.
    private static readonly Dictionary<string, string> LibpqNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["application_name"] = "Application Name",
        ["channel_binding"] = "Channel Binding",
        ["client_encoding"] = "Client Encoding",
        ["connect_timeout"] = "Timeout",
        ["dbname"] = "Database",
        ["gssencmode"] = "GSS Encryption Mode",
        ["keepalives_idle"] = "Tcp Keepalive Time",
        ["krbsrvname"] = "Kerberos Service Name",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslmode"] = "SSL Mode",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["target_session_attrs"] = "Target Session Attributes",
        ["user"] = "Username",
    };

    private PostgresLocation(NpgsqlConnectionStringBuilder builder)
    {
        ConnectionString = builder.ConnectionString;
        Description = $"PostgreSQL database {builder.Database} at {builder.Host}";
    }

    public string ConnectionString { get; }

    /// <summary>Database and hosts, without user and password.</summary>
    public string Description { get; }

    /// <exception cref="StartRefusedException">Neither a URL nor a connection string. The message never repeats it: it may hold a password.</exception>
    public static PostgresLocation Parse(string location)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        if (location.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || location.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase))
        {
            ReadUrl(builder, location[(location.IndexOf("://", StringComparison.Ordinal) + 3)..]);
        }
        else
        {
            ReadConnectionString(builder, location);
        }

        if (string.IsNullOrEmpty(builder.Host))
        {
            throw Refuse($"names no host. {Form}");
        }

        AddDefaults(builder);
        return new PostgresLocation(builder);
    }

    private static void ReadConnectionString(NpgsqlConnectionStringBuilder builder, string location)
    {
        try
        {
            builder.ConnectionString = location;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException or InvalidCastException or OverflowException)
        {
            throw Refuse($"is neither a postgres:// URL nor an Npgsql connection string. {Form}");
        }
    }

    /// <param name="builder">Takes what the URL says.</param>
    /// <param name="rest">The URL after "://". Not read by <see cref="Uri"/>, which knows no list of hosts.</param>
    private static void ReadUrl(NpgsqlConnectionStringBuilder builder, string rest)
    {
        var (address, query) = Split(rest, '?');
        var (authority, database) = Split(address, '/');
        var at = authority.LastIndexOf('@');
        var (user, password) = at < 0 ? (string.Empty, string.Empty) : Split(authority[..at], ':');

        var hosts = authority[(at + 1)..].Split(',').Select(ReadHost).ToList();
        if (hosts.Any(host => host.Length > 0))
        {
            Set(builder, "Host", string.Join(',', hosts));
        }

        Set(builder, "Username", Decode(user));
        Set(builder, "Password", Decode(password));
        Set(builder, "Database", Decode(database));

        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Split(parameter, '=');
            name = Decode(name);
            Set(builder, LibpqNames.GetValueOrDefault(name, name), Decode(value));
        }
    }

    private static string ReadHost(string host)
    {
        // The port follows the last colon outside an IPv6 address's brackets.
        var colon = host.LastIndexOf(':');
        if (colon > host.LastIndexOf(']'))
        {
            var port = host[(colon + 1)..];
            if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                throw Refuse($"has a port that is no number from 0 to 65535. {Form}");
            }
        }

        return Decode(host);
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        // libpq writes verify-full, Npgsql VerifyFull.
        var isMode = name is "SSL Mode" or "GSS Encryption Mode" or "Channel Binding" or "SSL Negotiation";
        try
        {
            builder[name] = isMode ? value.Replace("-", string.Empty, StringComparison.Ordinal) : value;
        }
        catch (Exception exception) when (exception is KeyNotFoundException || !builder.ContainsKey(name))
        {
            throw Refuse("has a parameter that neither libpq nor Npgsql knows. Parameters are case-insensitive, such as sslmode or Maximum Pool Size.");
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw Refuse($"gives {name} a value that it does not take.");
        }
    }

    private static void AddDefaults(NpgsqlConnectionStringBuilder builder)
    {
        // Seconds. Short: a caller who waits for a database that is away is better served by 503.
        AddDefault(builder, "Timeout", 3);
        AddDefault(builder, "Command Timeout", 5);
        AddDefault(builder, "Keepalive", 15);

        // Of PostgreSQL's usual 100 connections, so that several replicas fit.
        AddDefault(builder, "Maximum Pool Size", 20);
        AddDefault(builder, "Max Auto Prepare", 20);
        AddDefault(builder, "Auto Prepare Min Usages", 2);

        // After a command's timeout Npgsql sends a cancel. Its answer is not waited for and the connection is dropped: a
        // cancelled wait for synchronous replication answers success for a write that is not replicated.
        AddDefault(builder, "Cancellation Timeout", -1);
        AddDefault(builder, "Application Name", "dumbkv");

        // No statement leaves anything behind in its session, so there is nothing to reset between two requests.
        AddDefault(builder, "No Reset On Close", true);

        if (builder.Host!.Contains(','))
        {
            // Writes and read-your-writes both need the primary; look soon again for who that is.
            AddDefault(builder, "Target Session Attributes", "primary");
            AddDefault(builder, "Host Recheck Seconds", 2);
        }

        // Row contents in exception messages: never.
        builder.IncludeErrorDetail = false;
        builder.LogParameters = false;

        // Tells which statement of a batch failed.
        builder.IncludeFailedBatchedCommand = true;
    }

    private static void AddDefault(NpgsqlConnectionStringBuilder builder, string name, object value)
    {
        if (!builder.Keys.Cast<string>().Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            builder[name] = value;
        }
    }

    private static (string Before, string After) Split(string text, char separator) =>
        text.IndexOf(separator, StringComparison.Ordinal) is >= 0 and var index ? (text[..index], text[(index + 1)..]) : (text, string.Empty);

    private static string Decode(string text) => Uri.UnescapeDataString(text);

    private static StartRefusedException Refuse(string rule) => StartRefusedException.ForSetting(Variable, rule);
}
