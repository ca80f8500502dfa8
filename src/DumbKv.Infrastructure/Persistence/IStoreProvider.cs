namespace DumbKv.Infrastructure.Persistence;

/// <summary>What differs between databases outside a request.</summary>
internal interface IStoreProvider
{
    /// <summary>Names the store for operators, without secrets.</summary>
    string Description { get; }

    KvDbContext CreateContext();

    /// <summary>What comes before migrations.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Runs while no use of the store stands in its way.</summary>
    Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work, CancellationToken cancellationToken);
}
