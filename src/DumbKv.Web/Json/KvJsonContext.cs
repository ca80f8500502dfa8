using System.Text.Json.Serialization;
using DumbKv.Web.Models;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Json;

/// <summary>The JSON format of the API: requests are strict, responses leave out null members. Generated at build time.</summary>
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
[JsonSerializable(typeof(AlreadyReadProblem))]
internal sealed partial class KvJsonContext : JsonSerializerContext;
