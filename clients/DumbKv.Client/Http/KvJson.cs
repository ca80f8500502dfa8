using System.Text.Json.Serialization;

namespace DumbKv.Client.Http;

/// <summary>The JSON bodies of the API (docs/api.md).</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(PeekResponse))]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class KvJson : JsonSerializerContext;

/// <summary>The body of a get, a peek or a delete.</summary>
internal sealed class KeyRequest
{
    public required string Key { get; init; }

    public int Database { get; init; }

    public bool? Peek { get; init; }
}

/// <summary>The response to a peek.</summary>
internal sealed class PeekResponse
{
    public bool? Once { get; init; }

    public long? Size { get; init; }

    public string? Encoding { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>The response to a set or a delete.</summary>
internal sealed class StatusResponse
{
    public string? Status { get; init; }
}

/// <summary>A problem document (RFC 9457), with the members of a read receipt.</summary>
internal sealed class Problem
{
    public string? Detail { get; init; }

    public DateTimeOffset? ReadAt { get; init; }

    public string? Etag { get; init; }
}
