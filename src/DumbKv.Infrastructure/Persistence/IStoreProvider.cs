using DumbKv.Application.Maintenance;

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

    /// <summary>The original server's table in this very store; null where this kind of store cannot have one.</summary>
    IOriginalStore? Original { get; }

    IUpgradeTarget UpgradeTarget { get; }

    /// <summary>Whether the schema is behind this server's.</summary>
    /// <exception cref="StartRefusedException">The location is wrong.</exception>
    Task<bool> HasPendingMigrationsAsync(CancellationToken cancellationToken);

    /// <summary>The right to do work that one server does for all that share the store; null while another has it.</summary>
    Task<IAsyncDisposable?> TryTakeTurnAsync(CancellationToken cancellationToken);

    /// <summary>Runs while no use of the store stands in its way.</summary>
    Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work, CancellationToken cancellationToken);
}
