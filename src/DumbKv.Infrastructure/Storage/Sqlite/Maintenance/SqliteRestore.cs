using System.Diagnostics;
using System.Globalization;
using DumbKv.Application.Maintenance;
using DumbKv.Domain.Crypto;
using DumbKv.Infrastructure.Storage.Sqlite.Files;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DumbKv.Infrastructure.Storage.Sqlite.Maintenance;

/// <summary>
/// Restores in two parts. The first copies the backup to a file beside the store and verifies the copy, without a change to the
/// store. The second exchanges the files under a <see cref="RestoreMarker"/>. It consists of renames, and a repeated command does
/// those that are not done yet.
/// </summary>
internal sealed class SqliteRestore(
    SqliteLocation location, SqliteFileLock fileLock, IDatabase database, DatabaseOptions options, TimeProvider time) : IStoreRestore
{
    private const int BufferBytes = 1_048_576;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    private string Store => location.RealFile;

    private string Folder => Path.GetDirectoryName(Store)!;

    /// <summary>The verified copy.</summary>
    private string Staged => Store + ".restored";

    public async Task<RestoreResult> RestoreAsync(
        string backup, Action<string> waiting, Action<string> warning, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        if (location.IsMemory)
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, "DATABASE_LOCATION: a store in memory cannot be restored. Name the store's file.");
        }

        var source = Path.GetFullPath(backup);
        var file = SqliteLocation.Resolve(source);
        if (RestoreMarker.Read(location) is null)
        {
            RequireBackup(backup, file);
        }

        location.MakeFolder();
        location.ThrowIfShared();
        await LockAsync(waiting, cancellationToken);

        try
        {
            var marker = RestoreMarker.Read(location);
            if (marker is null)
            {
                marker = await PrepareAsync(backup, source, file, warning, progress, cancellationToken);
            }
            else if (marker.Backup != source)
            {
                throw new StartRefusedException(StartRefusal.UnusableStore, $"Another restore to {location.File} was interrupted. Finish it first: dumbkv restore {ShellText.Quote(marker.Backup)}");
            }

            Exchange(marker);
            return new RestoreResult(new FileInfo(Store).Length, File.Exists(marker.Previous) ? marker.Previous : null);
        }
        catch (Exception exception) when (exception is not StartRefusedException && SqliteErrors.Explain(exception, location.File) is { } text)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, File.Exists(RestoreMarker.FileFor(location)) ? $"{text} Then repeat the command." : $"{text} The store is unchanged.");
        }
    }

    private async Task LockAsync(Action<string> waiting, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        while (!fileLock.TryAcquire())
        {
            if (database.LockPatience is var (after, _) && Stopwatch.GetElapsedTime(since) >= after)
            {
                throw new StartRefusedException(
                    StartRefusal.UnusableStore, string.Create(CultureInfo.InvariantCulture, $"{location.File} is in use: another process still held {fileLock.File} after {after.TotalSeconds:0} s. Stop the server, then repeat the command. The store is unchanged."));
            }

            waiting(database.LockHolder);
            await Task.Delay(RetryDelay, cancellationToken);
        }
    }

    /// <param name="backup">The path as the operator wrote it.</param>
    /// <param name="file">The path without symbolic links.</param>
    private void RequireBackup(string backup, string file)
    {
        SqliteLocation.ThrowIfNotFile(file, backup);
        if (!File.Exists(file))
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{backup} does not exist. Name the backup's file.");
        }

        if (location.IsOwnFile(file))
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{backup} is a file of the store itself. Name a backup.");
        }

        if (SqliteLocation.Suffixes.Skip(1).Select(suffix => file + suffix).FirstOrDefault(beside => !beside.EndsWith("-shm", StringComparison.Ordinal) && SqliteCopy.HasContent(beside)) is { } companion)
        {
            throw new StartRefusedException(
                StartRefusal.UnusableStore,
                $"{backup} is not a finished backup: its last writes are in {Path.GetFileName(companion)} beside it. "
                + $"Make a backup of it, and restore that: DATABASE_LOCATION={ShellText.Quote(backup)} dumbkv backup NEW-FILE");
        }
    }

    /// <summary>Does not change the store.</summary>
    private async Task<RestoreMarker> PrepareAsync(
        string backup, string source, string file, Action<string> warning, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        var isPrepared = false;
        try
        {
            DeleteStaged();
            Copy(backup, file, progress, cancellationToken);
            await VerifyAsync(backup, warning, progress, cancellationToken);
            CopyOwnerAndMode();
            PosixFiles.Sync(Staged);

            var marker = new RestoreMarker(source, FreeName());
            marker.Write(location);
            isPrepared = true;
            return marker;
        }
        finally
        {
            if (!isPrepared)
            {
                DeleteStaged();
            }
        }
    }

    private void DeleteStaged()
    {
        foreach (var suffix in SqliteLocation.Suffixes)
        {
            File.Delete(Staged + suffix);
        }
    }

    private void Copy(string backup, string file, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        using var from = OpenBackup(backup, file);
        var free = new DriveInfo(Folder).AvailableFreeSpace;
        if (free < from.Length)
        {
            throw new StartRefusedException(
                StartRefusal.UnusableStore, $"There is not enough space for {backup} beside the store: it has {from.Length} bytes, and {Folder} has {free} free. Free some space there, then repeat the command. The store is unchanged.");
        }

        using var to = PrivateFiles.Open(Staged, FileMode.CreateNew);
        var buffer = new byte[BufferBytes];
        while (Read(from, buffer, backup) is > 0 and var count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            to.Write(buffer, 0, count);
            progress(new WorkProgress("copying bytes", to.Length, from.Length));
        }

        to.Flush(flushToDisk: true);
    }

    private static int Read(FileStream from, byte[] buffer, string backup)
    {
        try
        {
            return from.Read(buffer);
        }
        catch (IOException)
        {
            throw new StartRefusedException(
                StartRefusal.UnusableStore, $"{backup} cannot be read: its disk or file system reported an error. Name another backup, or copy this one to another disk first. The store is unchanged.");
        }
    }

    private static FileStream OpenBackup(string backup, string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, $"This user is not allowed to read {backup}. Run the command as a user that is. The store is unchanged.");
        }
    }

    private async Task VerifyAsync(
        string backup, Action<string> warning, Action<WorkProgress> progress, CancellationToken cancellationToken)
    {
        progress(new WorkProgress("verifying", 0, 1));
        try
        {
            await using var copy = await SqliteCopy.OpenAsync(Staged, SqliteOpenMode.ReadWrite, cancellationToken);
            if (await SqliteCopy.IsCutOffAsync(copy, Staged, cancellationToken))
            {
                throw Refuse($"{backup} is damaged: its length does not match its contents");
            }

            // The copy must be one file, because a WAL beside it would not be renamed with it.
            if (await SqliteCopy.RunAsync(copy, "PRAGMA journal_mode", cancellationToken) is "wal")
            {
                warning($"{backup} was not made by dumbkv backup. If it was copied from a store that was in use, its last writes are missing.");
                await SqliteCopy.RunAsync(copy, "PRAGMA journal_mode = DELETE", cancellationToken);
            }

            if (!await SqliteCopy.IsWholeAsync(copy, cancellationToken))
            {
                throw Refuse($"{backup} is damaged");
            }

            await using var context = SqliteCopy.CreateContext(copy);
            var schema = await SchemaCheck.RefuseNewerAsync(context, backup, cancellationToken);
            if (schema.State == SchemaState.NoStore)
            {
                throw Refuse($"{backup} is not a DumbKV store");
            }

            CheckPepper(backup, await ReadKeyAsync(context, schema, cancellationToken), warning);
            progress(new WorkProgress("verifying", 1, 1));
        }
        catch (SqliteException exception) when (SqliteErrors.CauseOf(exception) is SqliteFailure.Damaged)
        {
            throw Refuse($"{backup} is damaged");
        }
        catch (SqliteException exception) when (SqliteErrors.CauseOf(exception) is SqliteFailure.NotADatabase)
        {
            throw Refuse($"{backup} is not a SQLite database");
        }

        static StartRefusedException Refuse(string what) => new(StartRefusal.UnusableStore, $"{what}. Name another backup. The store is unchanged.");
    }

    /// <summary>A store of an earlier version has only the first of the columns. Null if no server has used the store yet.</summary>
    private static async Task<StoredKey?> ReadKeyAsync(KvDbContext context, SchemaCheck schema, CancellationToken cancellationToken) =>
        schema.State == SchemaState.Older
            ? await context.Store.Select(store => new StoredKey(null, null, store.PepperFingerprint, false)).SingleOrDefaultAsync(cancellationToken)
            : await StoreInfo.ReadKeyAsync(context, cancellationToken);

    private void CheckPepper(string backup, StoredKey? key, Action<string> warning)
    {
        if (key is { HasPepper: true } && options.Pepper is null)
        {
            warning($"{backup} has a pepper. Set the same PEPPER for dumbkv check and for the server.");
        }
        else if (options.Pepper is not null && PepperCheck.RefusalOfBackup(key?.Open(options.Pepper, options.PreviousPepper).Fault ?? StoredKeyFault.None, backup) is { } refusal)
        {
            throw StartRefusedException.ForSetting("PEPPER", $"{refusal} The store is unchanged.");
        }
    }

    /// <summary>The server that used the old file must be able to use the new one.</summary>
    private void CopyOwnerAndMode()
    {
        var exists = File.Exists(Store);
        if (FileStatus.Of(exists ? Store : Folder) is { } owner)
        {
            if (!PosixFiles.TrySetOwner(Staged, owner) && exists)
            {
                throw new StartRefusedException(
                    StartRefusal.UnusableStore, $"{location.File} belongs to another user, and only that user or root can restore it. Run this as that user. The store is unchanged.");
            }

            PosixFiles.TrySetOwner(fileLock.File, owner);
        }

        if (exists && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Staged, File.GetUnixFileMode(Store));
        }
    }

    /// <summary>Each step is on disk before the next one begins. The copy exists until it has become the store.</summary>
    private void Exchange(RestoreMarker marker)
    {
        if (File.Exists(Staged))
        {
            foreach (var suffix in SqliteLocation.Suffixes.Where(suffix => File.Exists(Store + suffix)))
            {
                File.Move(Store + suffix, FreeName(marker.Previous, suffix));
            }

            PosixFiles.SyncFolder(Folder);
            File.Move(Staged, Store);
            PosixFiles.SyncFolder(Folder);
        }
        else if (!File.Exists(Store))
        {
            throw new StartRefusedException(
                StartRefusal.UnusableStore, $"{Staged} is missing, so the restore cannot be finished. The previous store is {marker.Previous}. To restore again, remove {RestoreMarker.FileFor(location)} first.");
        }

        File.Delete(RestoreMarker.FileFor(location));
        PosixFiles.SyncFolder(Folder);
    }

    /// <summary>A name that no file has or begins with, so that only the old store's files begin with it.</summary>
    private string FreeName()
    {
        for (var at = time.GetUtcNow(); ; at = at.AddSeconds(1))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{Store}.before-restore-{at:yyyyMMdd'T'HHmmss'Z'}");
            if (!Directory.EnumerateFileSystemEntries(Folder).Any(file => file.StartsWith(name, StringComparison.Ordinal)))
            {
                return name;
            }
        }
    }

    /// <summary>If another file has got the name in the meantime, it is kept.</summary>
    private static string FreeName(string name, string suffix)
    {
        for (var number = 1; ; number++)
        {
            var free = (number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}.{number}")) + suffix;
            if (!Path.Exists(free))
            {
                return free;
            }
        }
    }
}
