using DumbKv.Web.Limits;

namespace DumbKv.Web.Auditing;

/// <summary>
/// Writes the audit log: a line for every write, delete and refused request, and with AUDIT_READS for every read. A line has the
/// row's fingerprint, the client and the outcome, never a key, a value or a token.
/// </summary>
internal sealed partial class AuditMiddleware(RequestDelegate next, ILoggerFactory loggers, bool auditReads)
{
    /// <summary>The log category. Logging writes it to an output of its own.</summary>
    public const string Category = "DumbKv.Audit";

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    public async Task InvokeAsync(HttpContext http)
    {
        var audited = new AuditedRequest();
        http.Features.Set(audited);
        try
        {
            await next(http);
        }
        finally
        {
            if ((audited.Operation ?? OperationOf(http)) is { } operation && IsLogged(operation, http.Response.StatusCode))
            {
                var outcome = audited.Outcome ?? OutcomeOf(http.Response.StatusCode, http.RequestAborted.IsCancellationRequested);
                LogRequest(_logger, operation, outcome, http.Response.StatusCode, audited.Entry, $"{ClientAddress.Unmap(http.Connection.RemoteIpAddress)}", audited.Token);
            }
        }
    }

    /// <summary>
    /// The operation of an API request. The page sets its own, because the form's action decides. A failed request has no route
    /// any more, so this uses the path and the method, which routing compares without case.
    /// </summary>
    private static string? OperationOf(HttpContext http) => (http.Request.Path.Value?.TrimEnd('/').ToLowerInvariant(), http.Request.Method.ToUpperInvariant()) switch
    {
        ("/kv", "POST") => "get",
        ("/kv", "PUT") => "set",
        ("/kv", "DELETE") => "delete",
        ("/kv", _) => "other",
        ("", "POST") => "form",
        _ => null,
    };

    // A read that found nothing was not refused; nor was a question of the page ("form", 200).
    private bool IsLogged(string operation, int status) =>
        operation is "set" or "delete" || (auditReads && operation is ("get" or "peek")) || (status >= 400 && status is not (404 or 409 or 410));

    private static string OutcomeOf(int status, bool aborted) => status switch
    {
        < 400 => aborted ? "done, caller gone" : "done",
        400 => "malformed",
        401 => "no_token",
        403 => "cross_site",
        404 => "missing",
        405 => "wrong_method",
        408 => "too_slow",
        409 => "exists",
        410 => "already_read",
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
    private static partial void LogRequest(ILogger logger, string operation, string outcome, int status, string? entry, string client, string? token);
}

internal static class AuditExtensions
{
    public static void UseAudit(this IApplicationBuilder app, AuditLog log, bool auditReads)
    {
        if (log == AuditLog.Stdout)
        {
            app.UseMiddleware<AuditMiddleware>(auditReads);
        }
    }
}
