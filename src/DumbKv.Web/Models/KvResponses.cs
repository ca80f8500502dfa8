using System.Globalization;
using DumbKv.Application.Entries;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Models;

/// <summary>A stored value, or the metadata that a peek returns.</summary>
/// <remarks>Not a record, because a record would print the value.</remarks>
public sealed class GetValueResponse
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>The value. Absent in the response to a peek.</summary>
    public string? Value { get; init; }

    /// <summary>"base64" if the value was set as bytes. Absent if it is text.</summary>
    public string? Encoding { get; init; }

    /// <summary>When the entry expires (RFC 3339, UTC, by the server's clock). Absent if it does not expire.</summary>
    public string? ExpiresAt { get; init; }

    /// <summary>Whether the next get that returns the value removes it. Only in the response to a peek.</summary>
    public bool? Once { get; init; }

    /// <summary>The size of the value in bytes, after decoding. Only in the response to a peek.</summary>
    public int? Size { get; init; }

    internal static GetValueResponse MetadataOf(GetResult found) => new()
    {
        Encoding = found.Binary ? SetValueRequest.Base64Name : null,
        ExpiresAt = Format(found.ExpiresAt),
        Once = found.Once,
        Size = found.Value.Length,
    };

    internal static string? Format(DateTimeOffset? time) => time?.ToString(TimeFormat, CultureInfo.InvariantCulture);
}

/// <summary>The problem of a read-once value that was read already.</summary>
public sealed class AlreadyReadProblem : ProblemDetails
{
    /// <summary>When the value was read (RFC 3339, UTC, by the server's clock).</summary>
    public required string ReadAt { get; init; }

    /// <summary>The version of the value that was read, as in the header ETag of the set.</summary>
    public required string Etag { get; init; }
}

/// <summary>The request succeeded.</summary>
public sealed class StatusResponse
{
    public static StatusResponse Success { get; } = new() { Status = "success" };

    /// <summary>Always "success".</summary>
    public required string Status { get; init; }
}
