namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// Who may use the database now. SQLite lets one writer in at a time, and waiting here costs less than its busy
/// handler, which polls. A database in memory has one connection, so there readers take turns too.
/// </summary>
internal sealed class SqliteTurns(SqliteLocation location) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    public ValueTask<Turn> ToReadAsync(CancellationToken cancellationToken) =>
        location.IsMemory ? WaitAsync(cancellationToken) : ValueTask.FromResult(new Turn(null));

    /// <summary>For a thread of its own: it blocks.</summary>
    public Turn ToWrite()
    {
        _one.Wait();
        return new Turn(_one);
    }

    public void Dispose() => _one.Dispose();

    private async ValueTask<Turn> WaitAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        return new Turn(_one);
    }

    /// <summary>Dispose of it once.</summary>
    public readonly struct Turn(SemaphoreSlim? one) : IDisposable
    {
        public void Dispose() => one?.Release();
    }
}
