using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Web.Models;

/// <summary>Deletes a value.</summary>
public sealed class DeleteValueRequest : KvRequest
{
    internal DeleteEntry ToCommand(Precondition precondition, Action<EntryId>? names) =>
        new(DatabaseOrDefault, SecretKey!, precondition) { Names = names };
}
