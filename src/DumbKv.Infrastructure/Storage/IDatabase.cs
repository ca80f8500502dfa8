namespace DumbKv.Infrastructure.Storage;

/// <summary>What differs between the databases outside of a request.</summary>
internal interface IDatabase
{
    /// <summary>Names the store for operators, without secrets.</summary>
    string Description { get; }

    /// <summary>Whether there is anything to open: false for a SQLite file that is not there.</summary>
    /// <exception cref="StartRefusedException">The store is not to be opened now: a restore of it is not finished.</exception>
    bool Exists();

    KvDbContext CreateContext();

    /// <summary>What the entries take, as far as it cannot be used again for others.</summary>
    Task<long> MeasureBytesAsync(KvDbContext context, CancellationToken cancellationToken);

    /// <summary>Makes what is missing (file, folder, database) and brings the schema up to this server's. Others may do the same just now.</summary>
    /// <exception cref="StartRefusedException">The location is wrong, or a newer version made the store.</exception>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Whether a failed preparation may succeed later: the database is away, say.</summary>
    bool IsWorthAnotherTry(Exception exception);

    /// <summary>What to tell the operator of a failure whose cause is known, and that another try does not change; null for others.</summary>
    StartRefusedException? RefusalFor(Exception exception);

    /// <summary>Whether initialization needs the lock: the schema is behind this server's, or the store is for one process.</summary>
    /// <exception cref="StartRefusedException">The location is wrong.</exception>
    Task<bool> NeedsLockAsync(CancellationToken cancellationToken);

    /// <summary>The lock for work that one process does for all that share the store. Null while another process holds it.</summary>
    Task<IAsyncDisposable?> TryAcquireLockAsync(CancellationToken cancellationToken);

    /// <summary>The holder of the lock, as one clause for operators: "another process uses …".</summary>
    string LockHolder { get; }

    /// <summary>How long a start waits for the lock, and the refusal after it. Null: without a limit.</summary>
    (TimeSpan After, StartRefusedException Refusal)? LockPatience { get; }

    /// <summary>Runs work outside of a request with a context of its own.</summary>
    Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work, CancellationToken cancellationToken);
}
