namespace DumbKv.Web.Configuration;

/// <summary>The names of all settings, and guesses at what a wrong name means.</summary>
public static class SettingNames
{
    public const string Urls = "ASPNETCORE_URLS";

    /// <summary>As docs/settings.md lists them. A test compares the two.</summary>
    public static readonly string[] All =
    [
        "DATABASE_TYPE", "DATABASE_LOCATION", "PEPPER", "PEPPER_FILE", "PEPPER_PREVIOUS", "PEPPER_PREVIOUS_FILE", "MAX_VALUE_BYTES", "MISSES_PER_MINUTE", "WRITE_TOKENS", "TOKENS_FILE", "REQUIRE_TOKEN", "MAX_STORE_BYTES", "RECEIPT_DAYS",
        "MAX_CONCURRENT_REQUESTS", "TRUSTED_PROXIES", "ALLOWED_HOSTS", "METRICS_PORT", "AUDIT_LOG", "AUDIT_READS", "SQLITE_JOURNAL", "SQLITE_CHECKPOINTS", "LOCK_WAIT_SECONDS", "LOG_LEVEL", "LOG_FORMAT",
        Urls, "OTEL_EXPORTER_OTLP_ENDPOINT",
    ];

    // Read by the framework and by OpenTelemetry.
    private static readonly string[] Prefixes = ["OTEL_", "Kestrel__"];

    private static readonly Dictionary<string, string[]> Guesses = new()
    {
        [Urls] = ["ADDR", "ADDRESS", "BIND", "HOST", "HTTP_PORT", "LISTEN", "P", "PORT", "URL", "URLS"],
        ["DATABASE_LOCATION"] = ["D", "DATA", "DATABASE", "DATABASE_PATH", "DATABASE_URL", "DB", "DB_PATH", "DB_URL", "DSN", "LOCATION"],
        ["LOG_LEVEL"] = ["DEBUG", "VERBOSE"],
        ["WRITE_TOKENS"] = ["TOKEN", "TOKENS", "WRITE_TOKEN"],
    };

    public static bool IsKnown(string name) =>
        All.Contains(name, StringComparer.OrdinalIgnoreCase) || Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <param name="word">A name in the environment's spelling or an option's: DATABASE_LOCATON, --max-value-bytes, -p.</param>
    /// <returns>The setting that is probably meant; null where none is.</returns>
    public static string? Guess(string word)
    {
        var name = word.TrimStart('-').Replace('-', '_').ToUpperInvariant();
        return Array.Find(All, setting => setting == name)
            ?? Guesses.FirstOrDefault(guess => guess.Value.Contains(name)).Key
            ?? Nearest(name, All);
    }

    /// <summary>The candidate that differs by a typing error or two; null where none does.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        var (nearest, distance) = candidates.Select(candidate => (candidate, Distance: Distance(word, candidate))).MinBy(pair => pair.Distance);
        return distance <= Math.Min(3, word.Length / 3) ? nearest : null;
    }

    /// <summary>Levenshtein distance: the number of letters to insert, delete or replace.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
