using System.Globalization;
using DumbKv.Application.Entries;
using DumbKv.Web.Limits;

namespace DumbKv.Web.Errors;

/// <summary>What a client is told when a request fails. The API and the page use the same messages.</summary>
internal static class ErrorMessages
{
    public const string Missing = "There is no value under this key in this database. Check both; a value may also have expired, or have been read once.";

    public const string Damaged = "The stored value does not open: its row was altered or moved in the database. Tell whoever runs this server.";

    public const string Exists = "The key already has a value, which was kept. Send \"overwrite\": true or If-Match to replace it.";

    public const string PreconditionFailed = "The stored entry is not as If-Match or If-None-Match asks. Nothing was changed: read it again.";

    public const string EncodedBody = "The body has a Content-Encoding. Send it as it is, not compressed.";

    public const string UnknownHost = "The server does not answer to the host name of this request. If the name is its own, add it to the setting ALLOWED_HOSTS.";

    public static string TooManyMisses(int seconds) => string.Create(
        CultureInfo.InvariantCulture, $"Too many reads from your address found no value. Try again in {seconds} {(seconds == 1 ? "second" : "seconds")}.");

    public static string TooLarge(EntryLimits limits) =>
        string.Create(CultureInfo.InvariantCulture, $"The value is larger than {limits.MaxValueBytes} bytes, the most that this server takes.");

    public static string BodyTooLarge(bool holdsKeyOnly, EntryLimits limits) => holdsKeyOnly
        ? string.Create(CultureInfo.InvariantCulture, $"The body is larger than {KeyOnlyBodyAttribute.MaxBytes} bytes, more than a key can take.")
        : TooLarge(limits);

    /// <summary>For a status that no other message explains.</summary>
    public static string ForStatus(int status) => status switch
    {
        400 => "The request is malformed. See /docs for what each call takes.",
        404 => "There is nothing here. The page is at /, the API at /kv, its description at /docs.",
        405 => "This address does not take this method. The Allow header lists those it takes.",
        411 => "The request needs a Content-Length.",
        415 => "The body's Content-Type is not one that this address takes. /kv takes application/json, and the page application/x-www-form-urlencoded, in UTF-8.",
        _ when status >= 500 => "The server failed; its log says why. Try again.",
        _ => "The request was refused. See /docs for what each call takes.",
    };
}
