using DumbKv.Application.Maintenance;

namespace DumbKv.Infrastructure.Storage;

/// <summary>What differs between databases outside a request.</summary>
internal interface IStoreProvider
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

    /// <summary>The original server's table in this very store; null where this kind of store cannot have one.</summary>
    IOriginalStore? Original { get; }

    IUpgradeTarget UpgradeTarget { get; }

    /// <summary>Whether preparing the store takes a turn: its schema is behind this server's, or one process is all it may have.</summary>
    /// <exception cref="StartRefusedException">The location is wrong.</exception>
    Task<bool> NeedsTurnAsync(CancellationToken cancellationToken);

    /// <summary>The right to do work that one process does for all that share the store; null while another has it.</summary>
    Task<IAsyncDisposable?> TryTakeTurnAsync(CancellationToken cancellationToken);

    /// <summary>Who has the turn while it is waited for: one clause for operators.</summary>
    string TurnHolder { get; }

    /// <summary>What a start that waited for its turn in vain is refused with; null: it waits as long as it takes.</summary>
    (TimeSpan After, StartRefusedException Refusal)? TurnPatience { get; }

    /// <summary>Runs while no use of the store stands in its way.</summary>
    Task<TResult> RunAsync<TResult>(Func<KvDbContext, Task<TResult>> work, CancellationToken cancellationToken);
}
