using System.Data.Common;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure.Persistence;
using DumbKv.Infrastructure.Persistence.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DumbKv.Sabotage;

/// <summary>Says that a write is done while it still waits for the disk.</summary>
internal sealed class AnsweringBeforeCommit(IEntryStore store) : IEntryStore
{
    public ValueTask<Entry?> FindAsync(EntryId id, CancellationToken cancellationToken) => store.FindAsync(id, cancellationToken);

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now)
    {
        _ = store.WriteAsync(entry, condition, now).AsTask();
        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => store.DeleteAsync(id, condition, now);
}

/// <summary>No bug, but the plain way, to compare with: for each write a context, a transaction and an fsync of its own.</summary>
internal sealed class CommittingEach(IEntryStore store, IDbContextFactory<SqliteKvDbContext> contexts) : IEntryStore, IDisposable
{
    // To wait here costs less than SQLite's busy handler, which polls.
    private readonly SemaphoreSlim _one = new(1, 1);

    public ValueTask<Entry?> FindAsync(EntryId id, CancellationToken cancellationToken) => store.FindAsync(id, cancellationToken);

    public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now) => WriteAsync(EntryWrite.Put(entry, condition, now));

    public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => WriteAsync(EntryWrite.Delete(id, condition, now));

    public void Dispose() => _one.Dispose();

    private async ValueTask<bool> WriteAsync(EntryWrite write)
    {
        await _one.WaitAsync();
        try
        {
            await using var context = await contexts.CreateDbContextAsync();
            return await context.ExecuteAsync(write);
        }
        finally
        {
            _one.Release();
        }
    }
}

/// <summary>Leaves it to the operating system when a commit reaches the disk.</summary>
internal sealed class WithoutFsync : DbConnectionInterceptor
{
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Apply(connection);
        return Task.CompletedTask;
    }

    private static void Apply(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous = OFF";
        command.ExecuteNonQuery();
    }
}

internal static class Replacing
{
    /// <summary>Puts something around the service that is registered.</summary>
    public static IServiceCollection Replace<TService>(this IServiceCollection services, Func<IServiceProvider, TService, TService> wrap)
        where TService : class
    {
        var original = services.Single(service => service.ServiceType == typeof(TService));
        services.Remove(original);
        return services.AddSingleton(provider => wrap(provider, (TService)ActivatorUtilities.CreateInstance(provider, original.ImplementationType!)));
    }
}
