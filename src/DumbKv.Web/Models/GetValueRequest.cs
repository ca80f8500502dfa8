using DumbKv.Application.Entries;

namespace DumbKv.Web.Models;

/// <summary>Reads a value.</summary>
public sealed class GetValueRequest : KvRequest
{
    internal GetEntry ToQuery() => new(DatabaseOrDefault, SecretKey!);
}
