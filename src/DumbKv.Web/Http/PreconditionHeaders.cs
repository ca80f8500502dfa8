using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using Microsoft.Extensions.Primitives;

namespace DumbKv.Web.Http;

/// <summary>Parses If-Match and If-None-Match (RFC 9110, section 13.1) in the forms that the contract allows.</summary>
internal static class PreconditionHeaders
{
    private const string IfMatchRule = "If-Match must be * or one strong ETag in double quotes, as in a response.";
    private const string IfNoneMatchRule = "If-None-Match must be *. It is allowed only with PUT, and not together with If-Match.";

    /// <summary>False, with a message for the client, if a header has another form.</summary>
    public static bool TryParse(IHeaderDictionary headers, bool mayCreate, out Precondition precondition, out string error)
    {
        precondition = Precondition.None;
        error = string.Empty;

        if (headers.IfNoneMatch is { Count: > 0 } ifNoneMatch)
        {
            precondition = Precondition.Absent;
            error = mayCreate && ifNoneMatch == "*" && headers.IfMatch.Count == 0 ? string.Empty : IfNoneMatchRule;
        }
        else if (headers.IfMatch is { Count: > 0 } ifMatch && !TryParseIfMatch(ifMatch, out precondition))
        {
            error = IfMatchRule;
        }

        return error.Length == 0;
    }

    private static bool TryParseIfMatch(StringValues header, out Precondition precondition)
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

        // A well-formed ETag that no entry can have matches nothing.
        precondition = Precondition.Is(EntryVersion.TryParse(tag, out var version) ? version : null);
        return true;
    }
}
