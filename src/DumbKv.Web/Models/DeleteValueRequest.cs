using DumbKv.Application.Entries;

namespace DumbKv.Web.Models;

/// <summary>Deletes a value.</summary>
public sealed class DeleteValueRequest : KvRequest
{
    internal DeleteEntry ToCommand(Precondition precondition) => new(DatabaseOrDefault, SecretKey!, precondition);
}
