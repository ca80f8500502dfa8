using System.Diagnostics;
using System.Globalization;
using DumbKv.Application.Entries;
using DumbKv.Web.Limits;
using DumbKv.Web.Models;
using DumbKv.Web.Tokens;

namespace DumbKv.Web.Errors;

/// <summary>Messages for failed requests, the same in the API and on the page.</summary>
internal static class ErrorMessages
{
    public const string Missing = "There is no value under this key in this database. Check the key and the database. The value may also have expired or been deleted.";

    public const string Damaged = "The stored value cannot be decrypted: its row was altered or moved in the database. Tell the operator of this server.";

    public const string EndToEndKey = "This is an end-to-end key, and the server has now seen it. Make a new one.";

    public const string Exists = "The key already has a value, which was kept. Send \"overwrite\": true or If-Match to replace it.";

    public const string PreconditionFailed = "The stored entry does not match If-Match or If-None-Match. Nothing was changed. Read it again.";

    public const string EncodedBody = "The body has a Content-Encoding. Send it uncompressed.";

    public const string UnknownHost = "The server does not accept the host name of this request. If the name belongs to this server, add it to the setting ALLOWED_HOSTS.";

    public const string MetricsPortOnly = "This port serves only /metrics and /health. The page and the API are on the ports of ASPNETCORE_URLS.";

    public const string MetricsElsewhere = "The metrics are on a separate port: see METRICS_PORT.";

    /// <param name="readAt">When the value was read.</param>
    public static string AlreadyRead(DateTimeOffset readAt) =>
        $"The value was read-once, and it was read at {GetValueResponse.Format(readAt)}. It is gone.";

    /// <param name="refusal">Why the token of the request is not enough.</param>
    /// <param name="isPage">For a user of the page, who types the token into a field.</param>
    public static string TokenRefused(TokenRefusal refusal, bool isPage = false) => refusal switch
    {
        TokenRefusal.Missing or TokenRefusal.Unknown when isPage => "This needs a token, and this one is missing or unknown. Ask the operator of this server for one.",
        TokenRefusal.Missing or TokenRefusal.Unknown =>
            "This server requires a token for this request, and the request has none or an unknown one. Ask the operator for one, and send it as Authorization: Bearer.",
        TokenRefusal.Expired => "This token has expired. Ask the operator of this server for a new one.",
        TokenRefusal.Right => "This token does not allow this operation. Ask the operator of this server for one that does.",
        TokenRefusal.Database => "This token does not allow this operation in this database. Ask the operator of this server for one that does.",
        _ => throw new UnreachableException(),
    };

    /// <param name="seconds">When to try again.</param>
    /// <param name="ofToken">The reads of one token count, instead of those of the address.</param>
    public static string TooManyMisses(int seconds, bool ofToken = false) => string.Create(
        CultureInfo.InvariantCulture, $"Too many reads {(ofToken ? "with your token" : "from your address")} found no value or are in progress. Try again in {seconds} {(seconds == 1 ? "second" : "seconds")}.");

    public static string TooLarge(EntryLimits limits) =>
        string.Create(CultureInfo.InvariantCulture, $"The value is larger than {limits.MaxValueBytes} bytes, the maximum of this server.");

    public static string BodyTooLarge(bool holdsKeyOnly, EntryLimits limits) => holdsKeyOnly
        ? string.Create(CultureInfo.InvariantCulture, $"The body is larger than {RequestBodyLimit.MaxBytesOfKey} bytes, more than a key can take.")
        : TooLarge(limits);

    /// <summary>For a status that no other message explains.</summary>
    public static string ForStatus(int status) => status switch
    {
        400 => "The request is malformed. See /docs for the format of each request.",
        404 => "There is nothing at this address. The page is at /, the API at /kv, and its documentation at /docs.",
        405 => "This address does not allow this method. The Allow header lists the allowed methods.",
        408 => "The request's body did not arrive in time. Send it faster, or less of it.",
        411 => "The request needs a Content-Length.",
        415 => "The Content-Type of the body is not supported. /kv requires application/json, or for PUT multipart/form-data, and the page application/x-www-form-urlencoded, in UTF-8.",
        _ when status >= 500 => "The server failed. Its log has the cause. Try again.",
        _ => "The request was refused. See /docs for the format of each request.",
    };
}
