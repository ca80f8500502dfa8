using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using DumbKv.Domain.Entries;

namespace DumbKv.Web.Models;

/// <summary>What every call on an entry carries: which entry.</summary>
/// <remarks>A class and not a record: a record would print the key.</remarks>
public abstract class KvRequest
{
    /// <summary>The database, a 32-bit integer.</summary>
    [DefaultValue(0)]
    public int? Database { get; init; }

    /// <summary>The key: 1 to 65,536 bytes of UTF-8, any characters, compared byte for byte. It is the secret of its entry.</summary>
    [Required, MinLength(1)]
    public string? Key { get; init; }

    [JsonIgnore]
    internal SecretKey? SecretKey { get; private set; }

    [JsonIgnore]
    internal int DatabaseOrDefault => Database ?? 0;

    /// <summary>The name of the first field that breaks its rule (<see cref="FieldRules"/>); null where all hold.</summary>
    internal virtual string? FindFault()
    {
        if (!SecretKey.TryCreate(Key, out var key))
        {
            return "key";
        }

        SecretKey = key;
        return null;
    }
}
