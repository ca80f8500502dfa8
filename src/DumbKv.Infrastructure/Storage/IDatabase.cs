namespace DumbKv.Infrastructure.Storage;

/// <summary>What differs between the databases outside of a request.</summary>
internal interface IDatabase
{
    /// <summary>The name of the store for operators, without secrets.</summary>
    string Description { get; }

    /// <summary>Whether there is a store to open. False for a SQLite file that does not exist.</summary>
    /// <exception cref="StartRefusedException">A restore of the store is not finished.</exception>
    bool Exists();

    KvDbContext CreateContext();

    /// <summary>The size of the entries, without free space that new entries can use.</summary>
    Task<long> MeasureBytesAsync(KvDbContext context, CancellationToken cancellationToken);

    /// <summary>The size of SQLite's write-ahead log. Null for a store without one.</summary>
    long? MeasureWalBytes() => null;

    /// <summary>Creates what is missing (file, folder) and migrates the schema to this server's. Another process can do the same at the same time.</summary>
    /// <exception cref="StartRefusedException">The location is wrong, or a newer version made the store.</exception>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Whether a failed initialization can succeed later, for example because the database is unavailable.</summary>
    bool IsWorthAnotherTry(Exception exception);

    /// <summary>The refusal for a failure with a known cause that a retry would not remove. Null for other failures.</summary>
    StartRefusedException? RefusalFor(Exception exception);

    /// <summary>Whether initialization needs the lock: the schema is older than this server's, or the store is for one process.</summary>
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
