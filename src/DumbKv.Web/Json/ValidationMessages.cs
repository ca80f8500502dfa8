using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Web.Models;

namespace DumbKv.Web.Json;

/// <summary>
/// One message for each field. It states the field's whole rule, whatever is wrong with the field (missing, duplicate, wrong
/// type, out of range), and repeats nothing of the request.
/// </summary>
internal static class ValidationMessages
{
    public const string BadJson = "The body must be one JSON object, in UTF-8.";

    private const string UnknownField = "The form has an unknown field. Names are case-sensitive: see /docs.";

    private const string UnknownMember = "The body has an unknown member. Names are case-sensitive: see /docs.";

    private static readonly FrozenDictionary<string, string> Rules = new Dictionary<string, string>
    {
        ["database"] = "\"database\" must be an integer from -2147483648 to 2147483647, given at most once.",
        ["key"] = Invariant($"\"key\" must be a string of 1 to {SecretKey.MaxBytes} bytes of well-formed Unicode, given once."),
        ["value"] = "\"value\" must be a string of well-formed Unicode, given once; with \"encoding\": \"base64\", padded base64 without white space.",
        ["encoding"] = "\"encoding\" must be \"base64\" if the value is base64, and \"text\" or absent otherwise; given at most once.",
        ["ttl"] = Invariant($"\"ttl\" must be a whole number of seconds from 1 to {PutEntry.MaxTimeToLiveSeconds}, given at most once."),
        ["once"] = "\"once\" must be true or false, given at most once.",
        ["peek"] = "\"peek\" must be true or false, given at most once.",
        ["overwrite"] = "\"overwrite\" must be true or false, given at most once.",
    }.ToFrozenDictionary();

    public static string For(string field) => Rules[field];

    /// <summary>The same rules for a client that sends a form (multipart/form-data), whose fields have no types.</summary>
    public static string ForForm(string field) => field switch
    {
        "key" => Invariant($"\"key\" must be a field without a file name, of 1 to {SecretKey.MaxBytes} bytes of UTF-8, given once."),
        "value" => "\"value\" must be a field of bytes with a file name, or of text in UTF-8 without a file name, given once.",
        "encoding" => "\"encoding\" must be left out of a form: a \"value\" with a file name is bytes, and one without is text.",
        "database" or "ttl" or "once" or "overwrite" => Rules[field],
        _ => UnknownField,
    };

    /// <summary>The same rules for a user of the page, who sees a form and no JSON.</summary>
    public static string ForPage(string field) => field switch
    {
        "database" => Invariant($"The database must be a whole number from 0 to {PageForm.HighestDatabase}."),
        "key" => Invariant($"Type a key, or paste one. It may have up to {SecretKey.MaxBytes} bytes."),
        "ttl" => Invariant($"The time to live must be a whole number of seconds from 1 to {PutEntry.MaxTimeToLiveSeconds}."),
        "until" => "Choose a date and time in the future, at most ten years ahead.",
        _ => Rules[field],
    };

    /// <summary>The message for a body that did not parse.</summary>
    /// <param name="exception">Names the member.</param>
    /// <param name="request">The type of the request. A member of another request is unknown.</param>
    public static string For(JsonException exception, JsonTypeInfo request)
    {
        // A nested JsonException comes from the reader: the text is not JSON.
        if (exception.InnerException is JsonException || exception.Path is not ['$', '.', .. var field])
        {
            return exception.Path is ['$', '[', ..] ? UnknownMember : BadJson;
        }

        return request.Properties.Any(member => member.Name == field) ? Rules.GetValueOrDefault(field, UnknownMember) : UnknownMember;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
