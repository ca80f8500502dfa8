namespace DumbKv.Application;

/// <summary>Whether the store can be used, and if not, why.</summary>
public interface IStoreHealth
{
    /// <summary>Queries the store. Null if it is ready. Otherwise one clause for operators, such as "the database does not answer".</summary>
    ValueTask<string?> FindFaultAsync(CancellationToken cancellationToken);
}
