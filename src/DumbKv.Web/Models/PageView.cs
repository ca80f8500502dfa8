namespace DumbKv.Web.Models;

public enum PageNotice
{
    None,

    /// <summary>A value was read: <see cref="PageView.Value"/>.</summary>
    Value,

    /// <summary>The call did what was asked.</summary>
    Done,

    /// <summary>Something to decide first: <see cref="PageView.Question"/>.</summary>
    Ask,

    /// <summary>The call could not be done; <see cref="PageView.Field"/> names the field to mend, where it is one.</summary>
    Error,
}

/// <summary>What the page shows: the form as it was sent, and what came of it.</summary>
public sealed class PageView
{
    public PageForm Form { get; init; } = new();

    public PageNotice Notice { get; init; }

    /// <summary>One sentence.</summary>
    public string Message { get; init; } = string.Empty;

    /// <summary>The field that <see cref="Message"/> is about: "database", "key", "value", "ttl", "until", "token"; else null.</summary>
    public string? Field { get; init; }

    /// <summary>The value that was read.</summary>
    public PageValue? Value { get; init; }

    /// <summary>The value that was read is deleted by that: it was to be read once.</summary>
    public bool Gone { get; init; }

    /// <summary>The ETag of what was read or set, without quotes.</summary>
    public string? Version { get; init; }

    /// <summary>When what was read or set goes; null: it stays.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>"set" (replace?) or "delete" (really?): what a confirmation would do.</summary>
    public string? Question { get; init; }

    /// <summary>Set and Delete need a write token.</summary>
    public bool AsksForToken { get; set; }

    internal string? ErrorFor(string field) => Field == field ? Message : null;

    internal string? InvalidIf(string field) => Field == field ? "true" : null;
}
