using System.Globalization;

namespace DumbKv.Web.Models;

/// <summary>The page's form, as a browser posts it. It becomes the same requests as the API's bodies and obeys the same rules.</summary>
public sealed class PageForm
{
    /// <summary>The page's own bound; the API takes any 32-bit integer.</summary>
    public const int HighestDatabase = 9_999_999;

    public string Database { get; init; } = "0";

    public string Key { get; init; } = string.Empty;

    public string Value { get; init; } = string.Empty;

    /// <summary>"get", "set" or "delete".</summary>
    public string Action { get; init; } = string.Empty;

    /// <summary>The person has been asked: replace, or delete.</summary>
    public bool Confirmed { get; init; }

    public bool Once { get; init; }

    /// <summary>Seconds; empty: the entry stays.</summary>
    public string Ttl { get; init; } = string.Empty;

    public static PageForm Read(IFormCollection form) => new()
    {
        Database = form["database"].ToString(),
        Key = form["key"].ToString(),
        // A browser posts every line break as CR LF, whatever was typed; the API's clients send LF.
        Value = form["value"].ToString().ReplaceLineEndings("\n"),
        Action = form["action"].ToString(),
        Confirmed = form["confirmed"] == "yes",
        Once = form["once"] == "yes",
        Ttl = form["ttl"].ToString(),
    };

    internal GetValueRequest ToGet() => new() { Database = ReadDatabase(), Key = Key };

    internal SetValueRequest ToSet() => new()
    {
        Database = ReadDatabase(),
        Key = Key,
        Value = Value,
        Overwrite = Confirmed,
        Once = Once,
        Ttl = Ttl.Length == 0 ? null : int.TryParse(Ttl, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0,
    };

    internal DeleteValueRequest ToDelete() => new() { Database = ReadDatabase(), Key = Key };

    /// <summary>The name of the first field of the page's own that breaks its rule; null where all hold.</summary>
    internal string? FindFault() =>
        int.TryParse(Database, NumberStyles.None, CultureInfo.InvariantCulture, out var database) && database <= HighestDatabase ? null : "database";

    private int ReadDatabase() => int.Parse(Database, NumberStyles.None, CultureInfo.InvariantCulture);
}
