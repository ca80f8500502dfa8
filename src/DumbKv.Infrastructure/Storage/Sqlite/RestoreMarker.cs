using System.Text.Json;
using DumbKv.Infrastructure.Storage.Sqlite.Files;

namespace DumbKv.Infrastructure.Storage.Sqlite;

/// <summary>
/// A file beside the store while a restore exchanges the store's files. During that time the store can be missing, or without its
/// journal, so nothing may open it.
/// </summary>
/// <param name="Backup">The full path of the backup, as the operator named it.</param>
/// <param name="Previous">The new name of the previous store.</param>
internal sealed record RestoreMarker(string Backup, string Previous)
{
    public static string FileFor(SqliteLocation location) => location.RealFile + ".restoring";

    /// <exception cref="StartRefusedException">A restore is running or was interrupted.</exception>
    public static void ThrowIfPresent(SqliteLocation location)
    {
        if (!location.IsMemory && Read(location) is { } marker)
        {
            throw new StartRefusedException(
                StartRefusal.UnusableStore, $"A restore of {marker.Backup} to {location.File} is running or was interrupted: {FileFor(location)} is there. Wait for it, or finish it: dumbkv restore {ShellText.Quote(marker.Backup)}");
        }
    }

    /// <summary>Null if there is no marker.</summary>
    /// <exception cref="StartRefusedException">There is a marker that cannot be read.</exception>
    public static RestoreMarker? Read(SqliteLocation location)
    {
        var file = FileFor(location);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<RestoreMarker>(File.ReadAllText(file)) : null;
        }
        catch (JsonException)
        {
            throw new StartRefusedException(
                StartRefusal.UnusableStore,
                $"{file} is damaged, so a restore to {location.File} cannot be finished. If {location.File} is missing, rename it back: "
                + $"the newest file that begins with {location.File}.before-restore is the old store, together with its -wal or -journal. Then remove {file} and repeat the restore.");
        }
        catch (FileNotFoundException)
        {
            return null; // The restore is done.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                StartRefusal.UnusableStore, $"A restore to {location.File} is running or was interrupted: {file} is there, and this user cannot read it. Run this as the user that restored.");
        }
    }

    /// <summary>The file appears in one step, complete and on disk.</summary>
    public void Write(SqliteLocation location)
    {
        var file = FileFor(location);
        var partial = file + ".partial";
        File.Delete(partial);
        using (var stream = PrivateFiles.Open(partial, FileMode.CreateNew))
        {
            JsonSerializer.Serialize(stream, this);
            stream.Flush(flushToDisk: true);
        }

        File.Move(partial, file);
        PosixFiles.SyncFolder(Path.GetDirectoryName(file)!);
    }
}
