using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Serialization;
using DumbKv.Application.Entries;

namespace DumbKv.Web.Models;

/// <summary>Stores a value.</summary>
public sealed class SetValueRequest : KvRequest
{
    internal const string Base64Name = "base64";

    internal const string TextName = "text";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The value. It may be empty.</summary>
    public string? Value { get; set; }

    /// <summary>"base64" if the value is bytes in base64 (RFC 4648 section 4, padded, no white space). "text", the default, if it is text.</summary>
    public string? Encoding { get; set; }

    /// <summary>Time to live in seconds. Absent: the entry does not expire.</summary>
    public int? Ttl { get; set; }

    /// <summary>The first read that returns the value removes it.</summary>
    public bool? Once { get; set; }

    /// <summary>Replaces an existing value instead of responding with 409.</summary>
    public bool? Overwrite { get; set; }

    /// <summary>The decoded value. A form sets it instead of <see cref="Value"/>. Otherwise <see cref="TryParse"/> decodes it.</summary>
    [JsonIgnore]
    internal ReadOnlyMemory<byte>? ValueBytes { get; set; }

    internal override bool TryParse([NotNullWhen(false)] out string? invalidField)
    {
        if (!base.TryParse(out invalidField))
        {
            return false;
        }

        invalidField = Encoding is not (null or TextName or Base64Name) ? "encoding"
            : Ttl is < 1 or > PutEntry.MaxTimeToLiveSeconds ? "ttl"
            : ValueBytes is null && (Value is null || !TryDecode(Value)) ? "value"
            : null;
        Value = null; // Its bytes are enough, and it takes twice their memory.
        return invalidField is null;
    }

    internal PutEntry ToCommand(Precondition precondition) => new()
    {
        Database = DatabaseOrDefault,
        Key = SecretKey!,
        Value = ValueBytes!.Value,
        Binary = Encoding is Base64Name,
        Once = Once ?? false,
        TimeToLive = Ttl is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Overwrite = Overwrite ?? false,
        Precondition = precondition,
    };

    private bool TryDecode(string value)
    {
        if (Encoding is not Base64Name)
        {
            try
            {
                ValueBytes = Utf8.GetBytes(value);
                return true;
            }
            catch (EncoderFallbackException)
            {
                return false;
            }
        }

        // .NET's decoder skips white space. The contract does not allow it.
        if (value.AsSpan().ContainsAny(WhiteSpace))
        {
            return false;
        }

        var bytes = new byte[value.Length / 4 * 3];
        if (!Convert.TryFromBase64String(value, bytes, out var length))
        {
            return false;
        }

        ValueBytes = bytes.AsMemory(0, length);
        return true;
    }

    private static readonly SearchValues<char> WhiteSpace = SearchValues.Create(" \t\r\n");
}
