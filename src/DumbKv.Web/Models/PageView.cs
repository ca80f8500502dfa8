namespace DumbKv.Web.Models;

public enum PageNotice
{
    None,

    /// <summary>A value was read: <see cref="PageView.Value"/>.</summary>
    Value,

    /// <summary>The request succeeded.</summary>
    Done,

    /// <summary>The user has to confirm first: <see cref="PageView.Question"/>.</summary>
    Ask,

    /// <summary>The request failed. <see cref="PageView.Field"/> names the field to correct, if it is one field.</summary>
    Error,
}

/// <summary>What the page shows: the form as it was sent, and the result.</summary>
public sealed class PageView
{
    public PageForm Form { get; init; } = new();

    public PageNotice Notice { get; init; }

    /// <summary>One sentence.</summary>
    public string Message { get; init; } = string.Empty;

    /// <summary>The field that <see cref="Message"/> is about: "database", "key", "value", "ttl", "until" or "token". Null: none of them.</summary>
    public string? Field { get; init; }

    /// <summary>The value that was read.</summary>
    public PageValue? Value { get; init; }

    /// <summary>The value was read-once, and this read deleted it.</summary>
    public bool Gone { get; init; }

    /// <summary>The ETag of what was read or set, without quotes.</summary>
    public string? Version { get; init; }

    /// <summary>The value that was stored, or would be, can be read once.</summary>
    public bool Once { get; init; }

    /// <summary>When the entry expires, or would expire. Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>"show" (read it once?), "set" (replace?) or "delete": the action that a confirmation runs.</summary>
    public string? Question { get; init; }

    /// <summary>Remarks about the key or the value that was stored. Empty: none.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Set and Delete require a write token.</summary>
    public bool AsksForToken { get; set; }

    /// <summary>Largest value, in bytes.</summary>
    public int MaxValueBytes { get; set; }

    /// <summary>The request came over plain http, and not from this machine.</summary>
    public bool IsUnencrypted { get; set; }

    internal string? ErrorFor(string field) => Field == field ? Message : null;

    internal string? InvalidIf(string field) => Field == field ? "true" : null;
}
