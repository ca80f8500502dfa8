using DumbKv.Application.Maintenance;
using DumbKv.Infrastructure.Storage.Sqlite.Files;
using Microsoft.Data.Sqlite;

namespace DumbKv.Infrastructure.Storage.Sqlite.Maintenance;

/// <summary>
/// Copies the store page by page in one short read transaction, then verifies and compacts the copy. The backup is written row by
/// row from that copy, so it has no free pages, and nothing that was deleted or replaced before.
/// </summary>
internal sealed class SqliteBackup(SqliteLocation location, IDatabase database) : IStoreBackup
{
    public async Task<long> BackUpAsync(string file, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        if (!database.Exists())
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{location.File} does not exist. Name the store's file in DATABASE_LOCATION.");
        }

        if (location.IsOwnFile(SqliteLocation.Resolve(Path.GetFullPath(file))))
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{file} is a file of the store itself. Name another file for the backup.");
        }

        if (Path.Exists(file))
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, $"{file} already exists. Name a new file: a backup never replaces one.");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(file));
        if (!Directory.Exists(folder))
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, $"{folder} does not exist. Create it, or name another place for the backup.");
        }

        if (!PosixFiles.IsWritable(folder))
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, $"{folder} is not writable for this user. Make it writable, or name another place for the backup.");
        }

        // Without the suffix a partial backup would look like a complete one.
        var partial = file + ".partial";
        try
        {
            File.Delete(partial);
            await using (var copy = await SqliteCopy.OpenTemporaryAsync(folder, cancellationToken))
            {
                await CopyAsync(copy, file, progress, cancellationToken);
                await CompactAsync(copy, partial, progress, cancellationToken);
            }

            PosixFiles.Sync(partial);
            File.Move(partial, file, overwrite: false);
            PosixFiles.SyncFolder(folder);
        }
        catch (Exception exception) when (SqliteErrors.CauseOf(exception) is SqliteFailure.Damaged)
        {
            throw Damaged();
        }
        catch (Exception exception) when (exception is not StartRefusedException && SqliteErrors.Explain(exception, file) is { } text)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, text);
        }
        finally
        {
            File.Delete(partial);
            File.Delete(partial + "-journal");
        }

        return new FileInfo(file).Length;
    }

    /// <summary>Reads the store. An error here is the store's, and an error later is the backup's.</summary>
    private async Task CopyAsync(SqliteConnection copy, string file, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        try
        {
            await using var source = await SqliteCopy.OpenToReadAsync(location.RealFile, cancellationToken);
            await SqliteCopy.CopyAsync(source, copy, () => RequireStoreAsync(source, cancellationToken), progress, cancellationToken);
        }
        catch (SqliteException exception) when (SqliteErrors.Explain(exception, SqliteErrors.CauseOf(exception) == SqliteFailure.DiskFull ? file : location.File) is { } text)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, text);
        }

        await using var context = SqliteCopy.CreateContext(copy);
        if ((await SchemaCheck.RefuseNewerAsync(context, database.Description, cancellationToken)).State == SchemaState.NoStore)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, $"{location.File} is not a DumbKV store. Name the store's file in DATABASE_LOCATION.");
        }
    }

    private async Task RequireStoreAsync(SqliteConnection source, CancellationToken cancellationToken)
    {
        // Checked again, because a restore may have begun to move the store's files while they were opened.
        RestoreMarker.ThrowIfPresent(location);

        if (await SqliteCopy.IsCutOffAsync(source, location.RealFile, cancellationToken))
        {
            throw Damaged();
        }
    }

    private async Task CompactAsync(SqliteConnection copy, string partial, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        progress(new WorkProgress("verifying", 0, 2));
        await RequireWholeAsync(copy, cancellationToken);

        // SQLite writes into an existing empty file, and gives its journal the same mode.
        progress(new WorkProgress("verifying", 1, 2));
        await PrivateFiles.Open(partial, FileMode.CreateNew).DisposeAsync();
        await SqliteCopy.RunAsync(copy, "VACUUM INTO $file", cancellationToken, new SqliteParameter("$file", partial));

        await using var compacted = await SqliteCopy.OpenAsync(partial, SqliteOpenMode.ReadOnly, cancellationToken);
        await RequireWholeAsync(compacted, cancellationToken);
        progress(new WorkProgress("verifying", 2, 2));
    }

    private async Task RequireWholeAsync(SqliteConnection database, CancellationToken cancellationToken)
    {
        if (!await SqliteCopy.IsWholeAsync(database, cancellationToken))
        {
            throw Damaged();
        }
    }

    private StartRefusedException Damaged() => new(
        StartRefusal.UnusableStore, $"{location.File} is damaged, so no backup was kept. Stop the server and restore an earlier backup: dumbkv restore FILE. dumbkv check shows what is damaged.");
}
