using System.Text.Json.Serialization;
using DumbKv.Application.Entries;

namespace DumbKv.Web.Models;

/// <summary>Reads a value.</summary>
public sealed class GetValueRequest : KvRequest
{
    /// <summary>Returns the metadata without the value, and keeps a read-once entry.</summary>
    public bool? Peek { get; set; }

    [JsonIgnore]
    internal bool IsPeek => Peek ?? false;

    internal GetEntry ToQuery(bool keepOnce = false) => new(DatabaseOrDefault, SecretKey!, IsPeek, keepOnce);
}
