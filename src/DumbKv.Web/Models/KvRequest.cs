using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using DumbKv.Domain.Entries;

namespace DumbKv.Web.Models;

/// <summary>The fields of every request.</summary>
/// <remarks>
/// Not a record, because a record would print the key. The properties are not init-only, because System.Text.Json sets those
/// through a constructor, which takes longer.
/// </remarks>
public abstract class KvRequest
{
    /// <summary>The database, a 32-bit integer.</summary>
    public int? Database { get; set; }

    /// <summary>The key: 1 to 65,536 bytes of UTF-8, any characters, compared byte for byte. It is the secret of its entry.</summary>
    public string? Key { get; set; }

    /// <summary>Set by <see cref="TryParse"/>.</summary>
    [JsonIgnore]
    internal SecretKey? SecretKey { get; private set; }

    [JsonIgnore]
    internal int DatabaseOrDefault => Database ?? 0;

    /// <summary>Validates the fields and parses those that need it. Call it once, before the request is used.</summary>
    /// <param name="invalidField">The JSON name of the first invalid field.</param>
    internal virtual bool TryParse([NotNullWhen(false)] out string? invalidField)
    {
        var isValid = SecretKey.TryCreate(Key, out var key);
        SecretKey = key;
        invalidField = isValid ? null : "key";
        return isValid;
    }
}
