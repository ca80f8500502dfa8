namespace DumbKv.Infrastructure.Persistence;

/// <summary>What differs between databases outside a request.</summary>
internal interface IStoreProvider
{
    /// <summary>Names the store for operators, without secrets.</summary>
    string Description { get; }

    KvDbContext CreateContext();

    /// <summary>Makes what is missing (file, folder, database) and brings the schema up to this server's. Others may do the same just now.</summary>
    /// <exception cref="StartRefusedException">The location is wrong.</exception>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Whether a failed preparation may succeed later: the database is away, say.</summary>
    bool IsWorthAnotherTry(Exception exception);

    /// <summary>Runs while no use of the store stands in its way.</summary>
    Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work, CancellationToken cancellationToken);
}
