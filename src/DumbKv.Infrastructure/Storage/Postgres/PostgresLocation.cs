using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// A PostgreSQL DATABASE_LOCATION: <c>postgres://user:password@host1:5432,host2/db?sslmode=require</c>, with libpq's or
/// Npgsql's names as parameters, or an Npgsql connection string. Parameters that it does not set get this server's defaults.
/// </summary>
internal sealed partial class PostgresLocation
{
    private const string Form = "Write postgres://user:password@host:5432/database?sslmode=require, or an Npgsql connection string.";

    // libpq's names of parameters that Npgsql names differently.
    private static readonly Dictionary<string, string> LibpqNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["application_name"] = "Application Name",
        ["channel_binding"] = "Channel Binding",
        ["client_encoding"] = "Client Encoding",
        ["connect_timeout"] = "Timeout",
        ["dbname"] = "Database",
        ["gssencmode"] = "GSS Encryption Mode",
        ["keepalives"] = "TCP Keepalive",
        ["keepalives_idle"] = "TCP Keepalive Time",
        ["keepalives_interval"] = "TCP Keepalive Interval",
        ["krbsrvname"] = "Kerberos Service Name",
        ["load_balance_hosts"] = "Load Balance Hosts",
        ["require_auth"] = "Require Auth",
        ["ssl"] = "SSL Mode",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslmode"] = "SSL Mode",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["target_session_attrs"] = "Target Session Attributes",
        ["user"] = "Username",
    };

    // libpq's parameters that Npgsql does not support, and what to do instead.
    private static readonly Dictionary<string, string> Unsupported = new(StringComparer.OrdinalIgnoreCase)
    {
        ["currentSchema"] = "Use Search Path.", // JDBC's.
        ["fallback_application_name"] = "Use application_name.",
        ["gssdelegation"] = LeaveOut,
        ["gsslib"] = LeaveOut,
        ["keepalives_count"] = "Use Tcp Keepalive Time and Tcp Keepalive Interval.",
        ["max_protocol_version"] = LeaveOut,
        ["min_protocol_version"] = LeaveOut,
        ["replication"] = LeaveOut,
        ["requirepeer"] = LeaveOut,
        ["requiressl"] = "Use sslmode=require.",
        ["scram_client_key"] = "Use a password.",
        ["scram_server_key"] = "Use a password.",
        ["service"] = "Write host, database and user into the URL.",
        ["servicefile"] = "Write host, database and user into the URL.",
        ["ssl_max_protocol_version"] = "Set it on the PostgreSQL server.",
        ["ssl_min_protocol_version"] = "Set it on the PostgreSQL server.",
        ["sslcertmode"] = LeaveOut,
        ["sslcompression"] = LeaveOut,
        ["sslcrl"] = "Use Check Certificate Revocation.",
        ["sslcrldir"] = "Use Check Certificate Revocation.",
        ["sslkeylogfile"] = LeaveOut,
        ["sslsni"] = LeaveOut,
        ["tcp_user_timeout"] = "Use Command Timeout.",
    };

    private const string LeaveOut = "Leave it out.";

    // Npgsql reads these files when it connects, and a missing file would look like a database that does not answer.
    private static readonly string[] FileParameters = ["Passfile", "Root Certificate", "SSL Certificate", "SSL Key"];

    private PostgresLocation(NpgsqlConnectionStringBuilder builder)
    {
        ConnectionString = builder.ConnectionString;
        Description = string.IsNullOrEmpty(builder.Database) ? $"PostgreSQL at {builder.Host}" : $"PostgreSQL database {builder.Database} at {builder.Host}";
    }

    public string ConnectionString { get; }

    /// <summary>Database and hosts, without user and password.</summary>
    public string Description { get; }

    /// <param name="location">The URL or connection string.</param>
    /// <param name="setting">The setting or argument that contains it, for the message.</param>
    /// <exception cref="StartRefusedException">
    /// It is neither a URL nor a connection string, or Npgsql cannot use it. The message never repeats it, because it can hold a password.
    /// </exception>
    public static PostgresLocation Parse(string location, string setting = DatabaseOptions.LocationVariable)
    {
        try
        {
            return Parse(location);
        }
        catch (FormatException exception)
        {
            throw StartRefusedException.ForSetting(setting, exception.Message);
        }
    }

    private static PostgresLocation Parse(string location)
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
            throw Wrong($"names no host. {Form}");
        }

        AddDefaults(builder);
        CheckTogether(builder);
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
            throw Wrong($"is neither a postgres:// URL nor an Npgsql connection string. {Form}");
        }

        // Npgsql would take all of "host=db dbname=kv password=secret" for the name of a host.
        if (builder.Host is { } hosts && (hosts.Contains('=') || hosts.Any(char.IsWhiteSpace)))
        {
            throw Wrong($"is in libpq's form of keywords and values. {Form}");
        }

        foreach (var host in (builder.Host ?? string.Empty).Split(',').Where(host => !IsSocket(host)))
        {
            _ = SplitPort(host);
        }

        CheckPort($"{builder.Port}");
        foreach (var name in FileParameters)
        {
            CheckFile(name, builder[name] as string);
        }
    }

    /// <param name="builder">Receives the parameters of the URL.</param>
    /// <param name="rest">The URL after "://". <see cref="Uri"/> cannot parse it, because it does not support a list of hosts.</param>
    private static void ReadUrl(NpgsqlConnectionStringBuilder builder, string rest)
    {
        var (address, query) = Split(rest, '?');
        var (authority, database) = Split(address, '/');
        if (database.Contains('@'))
        {
            throw Wrong("has an @ after the first /. Write a / in the password as %2F, and an @ in the name of the database as %40.");
        }

        var at = authority.LastIndexOf('@');
        var (user, password) = at < 0 ? (string.Empty, string.Empty) : Split(authority[..at], ':');

        Set(builder, "Username", "user", Decode(user));
        Set(builder, "Password", "password", Decode(password));
        Set(builder, "Database", "database", Decode(database));

        var parameters = query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(parameter => Split(parameter, '='))
            .Select(parameter => (Name: Decode(parameter.Before), Value: Decode(parameter.After)))
            .ToList();
        foreach (var (name, value) in parameters.Where(parameter => parameter.Name is not ("host" or "hostaddr" or "port")))
        {
            if (Unsupported.TryGetValue(name, out var advice))
            {
                throw Wrong($"Npgsql does not support {name.ToLowerInvariant()}. {advice}");
            }

            Set(builder, LibpqNames.GetValueOrDefault(name, name), name, value);
        }

        SetHosts(builder, authority[(at + 1)..], parameters);
    }

    /// <summary>
    /// As in libpq: the parameters host and port replace the URL's own hosts and ports, one port applies to all hosts, and the
    /// connection goes to hostaddr instead of host.
    /// </summary>
    private static void SetHosts(NpgsqlConnectionStringBuilder builder, string authority, List<(string Name, string Value)> parameters)
    {
        var own = authority.Split(',').Select(SplitPort).ToList();
        var named = Find("host") is { } host ? host.Split(',') : [.. own.Select(address => Decode(address.Host))];
        var hosts = Find("hostaddr") is { } addresses ? addresses.Split(',') : named;
        var ports = Find("port") is { } port ? port.Split(',') : [.. own.Select(address => address.Port)];
        if (ports.Length != hosts.Length && ports.Length != 1)
        {
            throw Wrong($"has {ports.Length} ports for {hosts.Length} hosts. Write one port for each host, or one for all.");
        }

        if (Find("hostaddr") is not null && named.Any(name => name.Length > 0) && builder.SslMode == SslMode.VerifyFull)
        {
            throw Wrong("has hostaddr and sslmode=verify-full, and Npgsql verifies the certificate against the address that it connects to. Leave hostaddr out.");
        }

        var pairs = hosts.Select((name, index) => (Host: name, Port: ports[ports.Length == 1 ? 0 : index])).Where(pair => pair.Host.Length > 0).ToList();
        foreach (var pair in pairs.Where(pair => pair.Port.Length > 0))
        {
            CheckPort(pair.Port);
        }

        var socketPorts = pairs.Where(pair => IsSocket(pair.Host)).Select(pair => pair.Port).Distinct().ToList();
        if (socketPorts.Count > 1)
        {
            throw Wrong("Npgsql does not support socket directories with different ports. Name one of them.");
        }

        Set(builder, "Host", "host", string.Join(',', pairs.Select(pair => IsSocket(pair.Host) || pair.Port.Length == 0 ? Bracket(pair.Host) : $"{Bracket(pair.Host)}:{pair.Port}")));
        Set(builder, "Port", "port", socketPorts is [var socketPort] ? socketPort : string.Empty);

        string? Find(string name) => parameters.FindLast(parameter => parameter.Name == name) is { Value.Length: > 0 } found ? found.Value : null;

        static string Bracket(string host) => host.Contains(':') && !host.StartsWith('[') && !IsSocket(host) ? $"[{host}]" : host;
    }

    /// <summary>The port follows the last colon outside an IPv6 address's brackets.</summary>
    private static (string Host, string Port) SplitPort(string address)
    {
        var colon = address.LastIndexOf(':');
        if (colon < 0 || colon < address.LastIndexOf(']'))
        {
            return (address, string.Empty);
        }

        CheckPort(address[(colon + 1)..]);
        return (address[..colon], address[(colon + 1)..]);
    }

    private static void CheckPort(string port)
    {
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            throw Wrong($"has a port that is not a number from 1 to 65535. {Form}");
        }
    }

    /// <summary>A directory of Unix sockets, or an abstract one.</summary>
    private static bool IsSocket(string host) => host.StartsWith('/') || host.StartsWith('@');

    /// <param name="builder">Receives the value.</param>
    /// <param name="name">Npgsql's name.</param>
    /// <param name="written">The operator's name, for messages.</param>
    /// <param name="value">Empty if it is not set.</param>
    private static void Set(NpgsqlConnectionStringBuilder builder, string name, string written, string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        try
        {
            builder[name] = Translate(name, value);
        }
        catch (Exception exception) when (exception is KeyNotFoundException || !builder.ContainsKey(name))
        {
            throw Wrong("has an unknown parameter. Use the names of libpq or Npgsql, such as sslmode or Maximum Pool Size.");
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw Wrong($"has an invalid value for {written}.");
        }

        if (FileParameters.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            CheckFile(written, value);
        }
    }

    /// <summary>libpq's values, where Npgsql writes them differently.</summary>
    private static string Translate(string name, string value) => (name, value) switch
    {
        ("SSL Mode", "true") => "Require", // ssl=true is JDBC's form, which libpq accepts.
        ("SSL Mode" or "GSS Encryption Mode" or "Channel Binding" or "SSL Negotiation", _) => value.Replace("-", string.Empty, StringComparison.Ordinal),
        ("Require Auth", _) => string.Join(',', value.Split(',').Select(method => method switch
        {
            "md5" => "MD5",
            "scram-sha-256" => "ScramSHA256",
            "gss" => "GSS",
            "sspi" => "SSPI",
            "password" => "Password",
            "none" => "None",
            _ => method,
        })),
        ("TCP Keepalive", "0") => "false",
        ("TCP Keepalive", "1") => "true",
        ("Load Balance Hosts", "random") => "true",
        ("Load Balance Hosts", "disable") => "false",
        _ => value,
    };

    private static void CheckFile(string name, string? file)
    {
        if (string.IsNullOrEmpty(file))
        {
            return;
        }

        try
        {
            using var readable = File.OpenHandle(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Wrong(file == "system"
                ? $"Npgsql does not support {name}=system. Leave it out: Npgsql trusts the system's certificates by default."
                : $"{name} names a file that cannot be read. Name a file that this user can read.");
        }
    }

    /// <summary>Npgsql reports contradicting parameters only here. Its messages name parameters, and no host or password. This does not connect.</summary>
    private static void CheckTogether(NpgsqlConnectionStringBuilder builder)
    {
        try
        {
            using var source = new NpgsqlDataSourceBuilder(builder.ConnectionString).Build();
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or InvalidOperationException)
        {
            throw Wrong($"has parameters that contradict each other: {exception.Message}");
        }
    }

    private static void AddDefaults(NpgsqlConnectionStringBuilder builder)
    {
        // In seconds, and short: if the database is unavailable, a client should get 503 soon.
        AddDefault(builder, "Timeout", 3);
        AddDefault(builder, "Command Timeout", 5);
        AddDefault(builder, "Keepalive", 15);

        // PostgreSQL usually allows 100 connections, so several replicas fit.
        AddDefault(builder, "Maximum Pool Size", 20);
        AddDefault(builder, "Max Auto Prepare", 20);
        AddDefault(builder, "Auto Prepare Min Usages", 2);

        // After a command's timeout Npgsql sends a cancel request. It does not wait for the answer and drops the connection, because
        // a cancelled wait for synchronous replication reports success for a write that is not replicated.
        AddDefault(builder, "Cancellation Timeout", -1);
        AddDefault(builder, "Application Name", "dumbkv");

        // No statement changes the session, so there is nothing to reset between two requests.
        AddDefault(builder, "No Reset On Close", true);

        if (builder.Host!.Contains(','))
        {
            // Writes and read-your-writes both need the primary, so it is looked up again soon.
            AddDefault(builder, "Target Session Attributes", "primary");
            AddDefault(builder, "Host Recheck Seconds", 2);
        }

        // Exception messages must never contain the contents of rows.
        builder.IncludeErrorDetail = false;
        builder.LogParameters = false;

        // Shows which statement of a batch failed.
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

    private static string Decode(string text) => StrayPercent().IsMatch(text)
        ? throw Wrong("has a % that is not followed by two hexadecimal digits. Write a percent sign as %25.")
        : Uri.UnescapeDataString(text);

    private static FormatException Wrong(string rule) => new(rule);

    [GeneratedRegex("%(?![0-9A-Fa-f]{2})")]
    private static partial Regex StrayPercent();
}
