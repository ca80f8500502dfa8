using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using Microsoft.Extensions.Primitives;

namespace DumbKv.Web.Models;

/// <summary>Reads If-Match and If-None-Match (RFC 9110, section 13.1), of which an entry has use for the forms below.</summary>
internal static class PreconditionHeaders
{
    private const string IfMatchRule = "If-Match must be one strong ETag in double quotes, as an answer gave it, or *.";
    private const string IfNoneMatchRule = "If-None-Match must be *, which creates only; it goes with PUT, without If-Match.";

    /// <summary>The precondition; false, with the sentence for the caller, where the headers are none.</summary>
    public static bool TryRead(IHeaderDictionary headers, bool mayCreate, out Precondition precondition, out string fault)
    {
        precondition = Precondition.None;
        fault = string.Empty;

        if (headers.IfNoneMatch is { Count: > 0 } ifNoneMatch)
        {
            precondition = Precondition.Absent;
            fault = mayCreate && ifNoneMatch == "*" && headers.IfMatch.Count == 0 ? string.Empty : IfNoneMatchRule;
        }
        else if (headers.IfMatch is { Count: > 0 } ifMatch && !TryReadIfMatch(ifMatch, out precondition))
        {
            fault = IfMatchRule;
        }

        return fault.Length == 0;
    }

    private static bool TryReadIfMatch(StringValues header, out Precondition precondition)
    {
        precondition = Precondition.Present;
        if (header == "*")
        {
            return true;
        }

        if (header is not [['"', .. var tag, '"']] || tag.Contains('"', StringComparison.Ordinal))
        {
            return false;
        }

        // A well-formed ETag that is none of ours matches nothing.
        precondition = Precondition.Is(EntryVersion.TryParse(tag, out var version) ? version : null);
        return true;
    }
}
