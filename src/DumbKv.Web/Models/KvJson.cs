using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Models;

/// <summary>The wire format: strict on the way in, no empty members on the way out. Made at build time, so no reflection per request.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 8)]
[JsonSerializable(typeof(GetValueRequest))]
[JsonSerializable(typeof(SetValueRequest))]
[JsonSerializable(typeof(DeleteValueRequest))]
[JsonSerializable(typeof(GetValueResponse))]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class KvJson : JsonSerializerContext;
