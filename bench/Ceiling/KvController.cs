using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Bench.Ceiling;

/// <summary>Reads the body of a /kv request, and returns a constant response of the same form.</summary>
[ApiController]
[Route("kv")]
public sealed class KvController : ControllerBase
{
    private static readonly string Value = new('v', 90);

    [HttpPost]
    public ValueAnswer Get(KvBody body) => new(body.Key.Length > 0 ? Value : string.Empty);

    [HttpPut]
    public StatusAnswer Set(KvBody body) => new(body.Key.Length > 0 ? "success" : string.Empty);
}

public sealed record KvBody(string Key, string? Value = null, int Database = 0);

public sealed record ValueAnswer(string Value);

public sealed record StatusAnswer(string Status);
