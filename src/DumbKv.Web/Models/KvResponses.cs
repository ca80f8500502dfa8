using System.Globalization;
using DumbKv.Application.Entries;

namespace DumbKv.Web.Models;

/// <summary>A stored value.</summary>
/// <remarks>Not a record, because a record would print the value.</remarks>
public sealed class GetValueResponse
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>The value.</summary>
    public required string Value { get; init; }

    /// <summary>"base64" if the value was set as bytes. Absent if it is text.</summary>
    public string? Encoding { get; init; }

    /// <summary>When the entry expires (RFC 3339, UTC, by the server's clock). Absent if it does not expire.</summary>
    public string? ExpiresAt { get; init; }

    internal static GetValueResponse From(GetResult found) => new()
    {
        Value = found.Binary ? Convert.ToBase64String(found.Value!) : System.Text.Encoding.UTF8.GetString(found.Value!),
        Encoding = found.Binary ? SetValueRequest.Base64Name : null,
        ExpiresAt = Format(found.ExpiresAt),
    };

    internal static string? Format(DateTimeOffset? time) => time?.ToString(TimeFormat, CultureInfo.InvariantCulture);
}

/// <summary>The request succeeded.</summary>
public sealed class StatusResponse
{
    public static StatusResponse Success { get; } = new() { Status = "success" };

    /// <summary>Always "success".</summary>
    public required string Status { get; init; }
}
