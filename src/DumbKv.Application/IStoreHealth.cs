namespace DumbKv.Application;

/// <summary>Whether the store can be used, and if not, why.</summary>
public interface IStoreHealth
{
    /// <summary>Asks the store itself. Null where it is ready; else one clause for operators, such as "the database is away".</summary>
    ValueTask<string?> FindFaultAsync(CancellationToken cancellationToken);
}
