using System.Globalization;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Web.Models;

/// <summary>The page's form, as a browser posts it. It is converted to the API's requests and has the same rules.</summary>
public sealed class PageForm
{
    /// <summary>The highest database that the page offers. The API takes any 32-bit integer.</summary>
    public const int HighestDatabase = 9_999_999;

    /// <summary>The value of <see cref="Ttl"/> if <see cref="Until"/> holds the expiry.</summary>
    public const string TtlByDate = "date";

    private static readonly string[] DateFormats = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.fff"];

    public string Database { get; init; } = "0";

    public string Key { get; init; } = string.Empty;

    public string Value { get; init; } = string.Empty;

    /// <summary>The token, if the server requires one.</summary>
    public string Token { get; init; } = string.Empty;

    /// <summary>"get", "show", "set" or "delete". A get asks before it reads a read-once value, and a show is the answer.</summary>
    public string Action { get; init; } = string.Empty;

    /// <summary>"base64" if <see cref="Value"/> is the base64 of a file. Empty: the value is text.</summary>
    public string Encoding { get; init; } = string.Empty;

    /// <summary>The version that an edit is based on. Set replaces no other one. Empty: this is not an edit.</summary>
    public string Version { get; init; } = string.Empty;

    /// <summary>The user confirmed that the value may be replaced or deleted.</summary>
    public bool Confirmed { get; init; }

    public bool Once { get; init; }

    /// <summary>Seconds, or <see cref="TtlByDate"/>. Empty: the entry does not expire.</summary>
    public string Ttl { get; init; } = string.Empty;

    /// <summary>A date and time as a datetime-local field posts it. It is UTC, because a form does not send the user's time zone.</summary>
    public string Until { get; init; } = string.Empty;

    public static PageForm Read(IFormCollection form) => new()
    {
        Database = form["database"].ToString(),
        Key = form["key"].ToString(),
        // Browsers post each line break as CR LF, and clients of the API send LF. ReplaceLineEndings is not used, because it
        // also replaces form feeds and U+2028.
        Value = form["value"].ToString().Replace("\r\n", "\n", StringComparison.Ordinal),
        Token = form["token"].ToString().Trim(), // As in a header.
        Action = form["action"].ToString(),
        Encoding = form["encoding"].ToString(),
        Version = form["version"].ToString(),
        Confirmed = form["confirmed"] == "yes",
        Once = form["once"] == "yes",
        Ttl = form["ttl"].ToString(),
        Until = form["until"].ToString(),
    };

    /// <summary>The form without its key and value. A page that shows a read-once value would otherwise invite a second read.</summary>
    internal PageForm WithoutKey() => new() { Database = Database, Token = Token };

    internal GetValueRequest ToGet() => new() { Database = ReadDatabase(), Key = Key };

    internal Precondition ToPrecondition() => Version.Length == 0 ? Precondition.None
        : Precondition.Is(EntryVersion.TryParse(Version, out var version) ? version : null);

    internal SetValueRequest ToSet(DateTimeOffset now) => new()
    {
        Database = ReadDatabase(),
        Key = Key,
        Value = Value,
        Encoding = Encoding.Length == 0 ? null : Encoding,
        Overwrite = Confirmed,
        Once = Once,
        Ttl = ReadTtl(now),
    };

    internal DeleteValueRequest ToDelete() => new() { Database = ReadDatabase(), Key = Key };

    /// <summary>Whether <see cref="Database"/> is in the page's own range. The requests check the other fields.</summary>
    internal bool HasValidDatabase =>
        int.TryParse(Database, NumberStyles.None, CultureInfo.InvariantCulture, out var database) && database <= HighestDatabase;

    /// <summary>The page refuses such a key even if there is an entry under it: its script opens the links of end-to-end keys.</summary>
    internal bool ContainsEndToEndKey => SecretKey.TryCreate(Key, out var key) && key.ContainsEndToEndKey;

    /// <summary>Only if <see cref="HasValidDatabase"/>.</summary>
    internal int ReadDatabase() => int.Parse(Database, NumberStyles.None, CultureInfo.InvariantCulture);

    // 0 if the text is not a time to live. The request's own validation rejects 0.
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

        // Rounded up, so that the entry does not expire before the given second.
        var seconds = Math.Ceiling((date - now).TotalSeconds);
        return seconds is >= 1 and <= int.MaxValue ? (int)seconds : 0;
    }
}
