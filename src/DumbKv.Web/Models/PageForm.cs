using System.Globalization;

namespace DumbKv.Web.Models;

/// <summary>The page's form, as a browser posts it. It becomes the same requests as the API's bodies and obeys the same rules.</summary>
public sealed class PageForm
{
    /// <summary>The page's own bound; the API takes any 32-bit integer.</summary>
    public const int HighestDatabase = 9_999_999;

    /// <summary>What <see cref="Ttl"/> holds where <see cref="Until"/> says when the entry goes.</summary>
    public const string TtlByDate = "date";

    private static readonly string[] DateFormats = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.fff"];

    public string Database { get; init; } = "0";

    public string Key { get; init; } = string.Empty;

    public string Value { get; init; } = string.Empty;

    /// <summary>The write token, where the server asks for one.</summary>
    public string Token { get; init; } = string.Empty;

    /// <summary>"get", "set" or "delete".</summary>
    public string Action { get; init; } = string.Empty;

    /// <summary>The person has been asked: replace, or delete.</summary>
    public bool Confirmed { get; init; }

    public bool Once { get; init; }

    /// <summary>Seconds; <see cref="TtlByDate"/>; empty: the entry stays.</summary>
    public string Ttl { get; init; } = string.Empty;

    /// <summary>A date and time as a datetime-local field posts it. It is UTC: a form does not tell the person's time zone.</summary>
    public string Until { get; init; } = string.Empty;

    public static PageForm Read(IFormCollection form) => new()
    {
        Database = form["database"].ToString(),
        Key = form["key"].ToString(),
        // A browser posts every line break as CR LF, whatever was typed; the API's clients send LF. Only that pair:
        // ReplaceLineEndings would take form feeds and U+2028 for line breaks too.
        Value = form["value"].ToString().Replace("\r\n", "\n", StringComparison.Ordinal),
        Token = form["token"].ToString(),
        Action = form["action"].ToString(),
        Confirmed = form["confirmed"] == "yes",
        Once = form["once"] == "yes",
        Ttl = form["ttl"].ToString(),
        Until = form["until"].ToString(),
    };

    internal GetValueRequest ToGet() => new() { Database = ReadDatabase(), Key = Key };

    internal SetValueRequest ToSet(DateTimeOffset now) => new()
    {
        Database = ReadDatabase(),
        Key = Key,
        Value = Value,
        Overwrite = Confirmed,
        Once = Once,
        Ttl = ReadTtl(now),
    };

    internal DeleteValueRequest ToDelete() => new() { Database = ReadDatabase(), Key = Key };

    /// <summary>The name of the first field of the page's own that breaks its rule; null where all hold.</summary>
    internal string? FindFault() =>
        int.TryParse(Database, NumberStyles.None, CultureInfo.InvariantCulture, out var database) && database <= HighestDatabase ? null : "database";

    private int ReadDatabase() => int.Parse(Database, NumberStyles.None, CultureInfo.InvariantCulture);

    // 0 for whatever is no time to live: the request's own rule refuses it.
    private int? ReadTtl(DateTimeOffset now) => Ttl switch
    {
        "" => null,
        TtlByDate => SecondsTo(Until, now),
        _ => int.TryParse(Ttl, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0,
    };

    private static int SecondsTo(string until, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParseExact(until, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
        {
            return 0;
        }

        // Rounded up: the entry goes within the second that was named, not before it.
        var seconds = Math.Ceiling((date - now).TotalSeconds);
        return seconds is >= 1 and <= int.MaxValue ? (int)seconds : 0;
    }
}
