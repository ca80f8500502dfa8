namespace DumbKv.Client;

/// <summary>Options of <see cref="DumbKvClient"/>.</summary>
/// <remarks>Not a record, because a record would print the token.</remarks>
public sealed class DumbKvClientOptions
{
    /// <summary>The token to send. Null: the requests have only what the HttpClient adds.</summary>
    public string? Token { get; set; }

    /// <summary>
    /// How often a get or a peek is repeated after a lost connection or a response 502, 503 or 504. 0 to 10. Sets and deletes are never
    /// repeated.
    /// </summary>
    public int Retries { get; set; } = 2;

    /// <summary>For tests.</summary>
    internal TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
