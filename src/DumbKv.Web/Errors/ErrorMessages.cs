using System.Globalization;
using DumbKv.Application.Entries;
using DumbKv.Web.Limits;
using DumbKv.Web.Models;

namespace DumbKv.Web.Errors;

/// <summary>Messages for failed requests, the same in the API and on the page.</summary>
internal static class ErrorMessages
{
    public const string Missing = "There is no value under this key in this database. Check the key and the database. The value may also have expired or been deleted.";

    public const string Damaged = "The stored value cannot be decrypted: its row was altered or moved in the database. Tell the operator of this server.";

    public const string Exists = "The key already has a value, which was kept. Send \"overwrite\": true or If-Match to replace it.";

    public const string PreconditionFailed = "The stored entry does not match If-Match or If-None-Match. Nothing was changed. Read it again.";

    public const string EncodedBody = "The body has a Content-Encoding. Send it uncompressed.";

    public const string UnknownHost = "The server does not accept the host name of this request. If the name belongs to this server, add it to the setting ALLOWED_HOSTS.";

    public const string MetricsPortOnly = "This port serves only /metrics and /health. The page and the API are on the ports of ASPNETCORE_URLS.";

    public const string MetricsElsewhere = "The metrics are on a separate port: see METRICS_PORT.";

    /// <param name="readAt">When the value was read.</param>
    public static string AlreadyRead(DateTimeOffset readAt) =>
        $"The value was read-once, and it was read at {GetValueResponse.Format(readAt)}. It is gone.";

    public static string TooManyMisses(int seconds) => string.Create(
        CultureInfo.InvariantCulture, $"Too many reads from your address found no value or are in progress. Try again in {seconds} {(seconds == 1 ? "second" : "seconds")}.");

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
        411 => "The request needs a Content-Length.",
        415 => "The Content-Type of the body is not supported. /kv requires application/json, and the page application/x-www-form-urlencoded, in UTF-8.",
        _ when status >= 500 => "The server failed. Its log has the cause. Try again.",
        _ => "The request was refused. See /docs for the format of each request.",
    };
}
