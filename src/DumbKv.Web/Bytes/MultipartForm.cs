using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using DumbKv.Web.Http;
using Microsoft.Net.Http.Headers;

namespace DumbKv.Web.Bytes;

/// <summary>
/// Reads the parts of a multipart/form-data body (RFC 7578) that is in memory, without copying them. It is strict: text before or
/// after the form, a line that only begins with the boundary, and a line that ends without CR are errors.
/// </summary>
/// <remarks>
/// The framework's MultipartReader is not used. It ends a part at a line that only begins with the boundary, so a value could be
/// stored in part; it ignores text around the form; and it copies each value through a buffer.
/// </remarks>
internal sealed class MultipartForm
{
    /// <summary>The maximum of RFC 2046, section 5.1.1.</summary>
    public const int MaxBoundaryCharacters = 70;

    /// <summary>The maximum size of the headers of a part. A file name can be long.</summary>
    public const int MaxHeaderBytes = 8_192;

    private const string Broken = "The body must be a complete multipart/form-data form whose parts each have a name, with nothing before or after it.";

    private const string Encoded = "A part of the form is encoded. Send its bytes as they are.";

    private readonly byte[] _delimiter;
    private ReadOnlyMemory<byte> _rest;
    private bool _isStarted;

    /// <param name="body">The whole body.</param>
    /// <param name="boundary">The parameter of the Content-Type.</param>
    public MultipartForm(ReadOnlyMemory<byte> body, string boundary)
    {
        _delimiter = Encoding.UTF8.GetBytes($"\r\n--{boundary}");
        _rest = body;
    }

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    private static ReadOnlySpan<byte> Blank => " \t"u8;

    /// <summary>Reads the next part.</summary>
    /// <returns>False after the last part, or with an error.</returns>
    public bool TryReadPart([NotNullWhen(true)] out FormPart? part, out string? error)
    {
        part = null;
        error = Broken;
        if (!_isStarted)
        {
            if (!_rest.Span.StartsWith(_delimiter.AsSpan(LineEnd.Length)))
            {
                return false;
            }

            _rest = _rest[(_delimiter.Length - LineEnd.Length)..];
            _isStarted = true;
        }

        if (!TrySkipBoundaryEnd(out var isLast))
        {
            return false;
        }

        if (isLast)
        {
            error = null;
            return false;
        }

        var headersEnd = _rest.Span[..Math.Min(_rest.Length, MaxHeaderBytes + 4)].IndexOf("\r\n\r\n"u8);
        if (headersEnd < 0)
        {
            error = _rest.Length > MaxHeaderBytes ? $"The headers of a part of the form must not be longer than {MaxHeaderBytes} bytes." : Broken;
            return false;
        }

        var headers = _rest.Span[..headersEnd];
        _rest = _rest[(headersEnd + 4)..];
        var length = _rest.Span.IndexOf(_delimiter);
        if (length < 0 || !TryParse(headers, _rest[..length], out part, ref error))
        {
            return false;
        }

        _rest = _rest[(length + _delimiter.Length)..];
        error = null;
        return true;
    }

    /// <summary>Skips what follows the boundary in its line: spaces (RFC 2046 allows them), or two hyphens after the last part.</summary>
    private bool TrySkipBoundaryEnd(out bool isLast)
    {
        var line = _rest.Span;
        isLast = line.StartsWith("--"u8);
        line = (isLast ? line[2..] : line).TrimStart(Blank);
        if (isLast)
        {
            return line.IsEmpty || line.SequenceEqual(LineEnd);
        }

        if (!line.StartsWith(LineEnd))
        {
            return false;
        }

        _rest = _rest[(_rest.Length - line.Length + LineEnd.Length)..];
        return true;
    }

    private static bool TryParse(ReadOnlySpan<byte> headers, ReadOnlyMemory<byte> content, [NotNullWhen(true)] out FormPart? part, ref string? error)
    {
        part = null;
        string? name = null;
        var isFile = false;
        var canBeText = true;
        while (!headers.IsEmpty)
        {
            var end = headers.IndexOf(LineEnd);
            var line = end < 0 ? headers : headers[..end];
            headers = end < 0 ? [] : headers[(end + LineEnd.Length)..];

            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || Blank.Contains(line[0]) || line.ContainsAny("\r\n\0"u8))
            {
                return false;
            }

            var value = Encoding.UTF8.GetString(line[(colon + 1)..]).Trim();
            switch (Encoding.UTF8.GetString(line[..colon]).ToLowerInvariant())
            {
                case "content-disposition" when name is not null || !TryParseDisposition(value, out name, out isFile):
                    return false;
                case "content-type":
                    canBeText &= MediaTypeHeaderValue.TryParse(value, out var type) && MediaTypes.IsUtf8(type) && !type.Type.Equals("multipart", StringComparison.OrdinalIgnoreCase);
                    break;
                case "content-transfer-encoding" when value.ToLowerInvariant() is not ("7bit" or "8bit" or "binary"):
                case "content-encoding" when !value.Equals("identity", StringComparison.OrdinalIgnoreCase):
                    error = Encoded;
                    return false;
            }
        }

        if (name is null)
        {
            return false;
        }

        part = new FormPart(name, isFile, canBeText, content);
        return true;
    }

    private static bool TryParseDisposition(string value, [NotNullWhen(true)] out string? name, out bool isFile)
    {
        name = null;
        isFile = false;
        if (!ContentDispositionHeaderValue.TryParse(value, out var disposition) || !disposition.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (var parameter in disposition.Parameters)
        {
            if (parameter.Name.Equals("name", StringComparison.OrdinalIgnoreCase))
            {
                if (name is not null)
                {
                    return false;
                }

                name = HeaderUtilities.RemoveQuotes(parameter.Value).ToString();
            }
            else if (parameter.Name.Equals("filename", StringComparison.OrdinalIgnoreCase) || parameter.Name.Equals("filename*", StringComparison.OrdinalIgnoreCase))
            {
                isFile = true;
            }
        }

        return name is not null;
    }
}

/// <summary>A part of a form.</summary>
/// <param name="name">The name of the field.</param>
/// <param name="isFile">The part has a file name, which can be empty.</param>
/// <param name="canBeText">The part has no Content-Type, or one that text in UTF-8 can have.</param>
/// <param name="content">The bytes of the field, a part of the body.</param>
internal sealed class FormPart(string name, bool isFile, bool canBeText, ReadOnlyMemory<byte> content)
{
    public string Name { get; } = name;

    public bool IsFile { get; } = isFile;

    public ReadOnlyMemory<byte> Content { get; } = content;

    /// <summary>Whether the field is text: no file, and well-formed UTF-8.</summary>
    public bool IsText => !IsFile && canBeText && Utf8.IsValid(Content.Span);
}
