using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Web.Models;

/// <summary>Reads a value.</summary>
public sealed class GetValueRequest : KvRequest
{
    internal GetEntry ToQuery(Action<EntryId>? names) => new(DatabaseOrDefault, SecretKey!) { Names = names };
}
