using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using DumbKv.Web.Http;
using DumbKv.Web.Json;
using DumbKv.Web.Models;

namespace DumbKv.Web.Bytes;

/// <summary>
/// Parses and validates a set that is sent as multipart/form-data, with the fields of the JSON request. A value with a file name is
/// bytes. They are encrypted from the buffer that received them.
/// </summary>
internal static class FormRequestParser
{
    private const string BadBoundary = "The Content-Type must name the boundary of the form, with 1 to 70 characters.";

    /// <param name="http">The request, whose body is consumed.</param>
    /// <param name="body">The whole body.</param>
    /// <param name="boundary">The parameter of the Content-Type. Empty: it has none.</param>
    /// <param name="request">The valid request.</param>
    /// <param name="error">The message for the client.</param>
    public static bool TryParse(
        HttpContext http, ReadOnlySequence<byte> body, string boundary, [NotNullWhen(true)] out SetValueRequest? request, [NotNullWhen(false)] out string? error)
    {
        request = null;
        if (boundary.Length is 0 or > MultipartForm.MaxBoundaryCharacters)
        {
            http.Request.BodyReader.AdvanceTo(body.End);
            error = BadBoundary;
            return false;
        }

        var copy = new BodyCopy(body);
        http.Response.RegisterForDispose(copy); // The request refers to the value in it.
        http.Request.BodyReader.AdvanceTo(body.End);
        return TryParse(copy.Memory, boundary, out request, out error);
    }

    private static bool TryParse(ReadOnlyMemory<byte> body, string boundary, [NotNullWhen(true)] out SetValueRequest? request, [NotNullWhen(false)] out string? error)
    {
        request = null;
        int? database = null, ttl = null;
        bool? once = null, overwrite = null, isBytes = null;
        string? key = null;
        ReadOnlyMemory<byte>? value = null;

        var form = new MultipartForm(body, boundary);
        string? broken;
        while (form.TryReadPart(out var part, out broken))
        {
            var isValid = part.Name switch
            {
                "database" => database is null && TryParseInteger(part, out database),
                "key" => key is null && TryParseText(part, out key),
                "value" => value is null && TryParseValue(part, out value, out isBytes),
                "ttl" => ttl is null && TryParseInteger(part, out ttl),
                "once" => once is null && TryParseBoolean(part, out once),
                "overwrite" => overwrite is null && TryParseBoolean(part, out overwrite),
                _ => false,
            };
            if (!isValid)
            {
                error = ValidationMessages.ForForm(part.Name);
                return false;
            }
        }

        error = broken;
        if (error is not null)
        {
            return false;
        }

        request = new SetValueRequest
        {
            Database = database,
            Key = key,
            ValueBytes = value,
            Encoding = isBytes is true ? SetValueRequest.Base64Name : null,
            Ttl = ttl,
            Once = once,
            Overwrite = overwrite,
        };
        error = request.TryParse(out var invalidField) ? null : ValidationMessages.ForForm(invalidField);
        return error is null;
    }

    private static bool TryParseText(FormPart part, out string? text)
    {
        text = part.IsText ? Encoding.UTF8.GetString(part.Content.Span) : null;
        return text is not null;
    }

    private static bool TryParseValue(FormPart part, out ReadOnlyMemory<byte>? value, out bool? isBytes)
    {
        value = part.Content;
        isBytes = part.IsFile;
        return part.IsFile || part.IsText;
    }

    /// <summary>Accepts only the shortest form. The framework's parser also accepts "+1", "01" and "1" with NUL characters.</summary>
    private static bool TryParseInteger(FormPart part, out int? integer)
    {
        integer = part.IsText && int.TryParse(part.Content.Span, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
        return integer is { } parsed && part.Content.Span.SequenceEqual(Encoding.ASCII.GetBytes(parsed.ToString(CultureInfo.InvariantCulture)));
    }

    private static bool TryParseBoolean(FormPart part, out bool? boolean)
    {
        var text = part.Content.Span;
        boolean = !part.IsText ? null : text.SequenceEqual("true"u8) ? true : text.SequenceEqual("false"u8) ? false : null;
        return boolean is not null;
    }
}
