using DumbKv.Domain.Entries;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Observability;

/// <summary>
/// The audit trail: a line for every write, delete and refused call. It tells who did what to which row and when, and
/// never a key, a value or a token. Best effort: where the output cannot keep up, lines are dropped and no call waits.
/// </summary>
internal sealed partial class Audit(RequestDelegate next, ILoggerFactory loggers)
{
    /// <summary>The log category, which has an output of its own (Logging).</summary>
    public const string Category = "DumbKv.Audit";

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    public async Task InvokeAsync(HttpContext http)
    {
        var call = new AuditedCall();
        http.Features.Set(call);
        try
        {
            await next(http);
        }
        finally
        {
            if ((call.Operation ?? OperationOf(http)) is { } operation && IsTold(operation, http.Response.StatusCode))
            {
                var outcome = OutcomeOf(http.Response.StatusCode, http.RequestAborted.IsCancellationRequested);
                LogCall(_logger, operation, outcome, http.Response.StatusCode, call.Entry, $"{http.Connection.RemoteIpAddress}", call.Token);
            }
        }
    }

    /// <summary>
    /// The API's calls; the page names its own once it knows which button was pressed. By the path, as a failed call has no
    /// route any more.
    /// </summary>
    private static string? OperationOf(HttpContext http) => (http.Request.Path.Value?.TrimEnd('/').ToLowerInvariant(), http.Request.Method) switch
    {
        ("/kv", "POST") => "get",
        ("/kv", "PUT") => "set",
        ("/kv", "DELETE") => "delete",
        ("", "POST") => "form",
        _ => null,
    };

    // A read that found nothing was not refused, and neither was a question of the page ("form", 200).
    private static bool IsTold(string operation, int status) =>
        operation is "set" or "delete" || (status >= 400 && status is not (404 or 409));

    private static string OutcomeOf(int status, bool aborted) => status switch
    {
        < 400 => aborted ? "done, caller gone" : "done",
        400 => "malformed",
        401 => "no_token",
        403 => "cross_site",
        404 => "missing",
        408 => "too_slow",
        409 => "exists",
        412 => "precondition_failed",
        413 => "too_large",
        415 => "wrong_type",
        429 => "limited",
        499 => "caller_gone",
        503 => "unavailable",
        507 => "full",
        _ => "failed",
    };

    [LoggerMessage(LogLevel.Information, "{Operation} {Outcome} {Status} {Entry} {Client} {Token}")]
    private static partial void LogCall(ILogger logger, string operation, string outcome, int status, string? entry, string client, string? token);
}

/// <summary>What the audit trail will say of a call, filled in as it becomes known.</summary>
internal sealed class AuditedCall
{
    public string? Operation { get; set; }

    /// <summary>The row's fingerprint.</summary>
    public string? Entry { get; set; }

    /// <summary>The first characters of the token's hash.</summary>
    public string? Token { get; set; }
}

/// <summary>Where the audit trail is off, all of this does nothing.</summary>
internal static class AuditSetup
{
    public static void UseAudit(this IApplicationBuilder app, AuditLog log)
    {
        if (log == AuditLog.Stdout)
        {
            app.UseMiddleware<Audit>();
        }
    }

    public static void AuditOperation(this HttpContext http, string operation)
    {
        if (http.Features.Get<AuditedCall>() is { } call)
        {
            call.Operation = operation;
        }
    }

    public static void AuditToken(this HttpContext http, string? mark)
    {
        if (http.Features.Get<AuditedCall>() is { } call)
        {
            call.Token = mark;
        }
    }

    /// <summary>For a command: it tells the row as soon as it knows it, so that a call that fails is told of too.</summary>
    public static Action<EntryId>? AuditEntry(this HttpContext http) =>
        http.Features.Get<AuditedCall>() is { } call ? id => call.Entry = id.Fingerprint : null;
}
