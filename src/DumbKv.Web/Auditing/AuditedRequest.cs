using DumbKv.Application;
using DumbKv.Domain.Entries;

namespace DumbKv.Web.Auditing;

/// <summary>The fields of a request's audit line, set as they become known.</summary>
internal sealed class AuditedRequest : IAuditTrail
{
    public string? Operation { get; set; }

    /// <summary>The outcome, if the status does not tell it.</summary>
    public string? Outcome { get; set; }

    /// <summary>The row's fingerprint.</summary>
    public string? Entry { get; private set; }

    /// <summary>The name of the token. For one without a name the first characters of its hash.</summary>
    public string? Token { get; set; }

    public void RecordEntry(EntryId id) => Entry = id.Fingerprint;
}

/// <summary>These do nothing if the audit log is off.</summary>
internal static class AuditedRequestExtensions
{
    public static IAuditTrail AuditTrail(this HttpContext http) => http.Features.Get<AuditedRequest>() ?? IAuditTrail.None;

    public static void AuditOperation(this HttpContext http, string operation)
    {
        if (http.Features.Get<AuditedRequest>() is { } audited)
        {
            audited.Operation = operation;
        }
    }

    public static void AuditOutcome(this HttpContext http, string outcome)
    {
        if (http.Features.Get<AuditedRequest>() is { } audited)
        {
            audited.Outcome = outcome;
        }
    }

    public static void AuditToken(this HttpContext http, string? name)
    {
        if (http.Features.Get<AuditedRequest>() is { } audited)
        {
            audited.Token = name;
        }
    }
}
