using System.Globalization;
using DumbKv.Infrastructure;

namespace DumbKv.Web.Commands;

/// <summary>
/// A directory of dated backups of one store, such as <c>dumbkv-20260131T031700.123Z.db</c>. The times are UTC, so the names sort by
/// time. All other files in the directory are ignored.
/// </summary>
/// <param name="path">The directory.</param>
/// <param name="store">The store's file.</param>
internal sealed class BackupDirectory(string path, string store)
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmss.fff'Z'";
    private const string Extension = ".db";
    private const string Partial = ".partial";

    /// <summary>A backup takes less time. A partial file that is older was left behind by a command that was killed.</summary>
    private static readonly TimeSpan LongestBackup = TimeSpan.FromDays(1);

    private readonly string _prefix = $"{Path.GetFileNameWithoutExtension(store)}-";

    /// <summary>A file that does not exist, for a backup at this time.</summary>
    /// <exception cref="StartRefusedException">There is no such directory, or it cannot be read.</exception>
    public string NameFor(DateTimeOffset time)
    {
        _ = Files(); // Fails before the backup if it would fail after it.
        while (true)
        {
            var file = Path.Combine(path, _prefix + time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture) + Extension);
            if (!Path.Exists(file))
            {
                return file;
            }

            time = time.AddMilliseconds(1);
        }
    }

    /// <summary>Backups whose names are later than this one. The clock was wrong when they were made, or is wrong now.</summary>
    public IReadOnlyList<string> LaterThan(string file) => [.. Backups().Where(other => string.CompareOrdinal(Path.GetFileName(other), Path.GetFileName(file)) > 0)];

    /// <summary>Removes all but the newest backups, and what killed commands left behind.</summary>
    /// <param name="made">The backup that was just made. It stays, even if the clock was set back and others have later names.</param>
    /// <param name="keep">The number of backups that stay, with this one.</param>
    /// <param name="now">The current time.</param>
    /// <returns>The removed backups.</returns>
    /// <exception cref="StartRefusedException">A file cannot be removed.</exception>
    public IReadOnlyList<string> RemoveOldest(string made, int keep, DateTimeOffset now)
    {
        List<string> old = [.. Backups().Where(file => Path.GetFileName(file) != Path.GetFileName(made)).OrderDescending(StringComparer.Ordinal).Skip(keep - 1)];
        var abandoned = Files().Where(file => Path.GetFileName(file) is var name && name.EndsWith(Partial, StringComparison.Ordinal) && IsBackup(name[..^Partial.Length])
            && now - File.GetLastWriteTimeUtc(file) > LongestBackup).ToList();
        foreach (var file in old.Concat(abandoned))
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new StartRefusedException(StartRefusal.UnusableStore, $"The backup {made} is complete, but the older {file} cannot be removed: {exception.Message}");
            }
        }

        return old;
    }

    private IEnumerable<string> Backups() => Files().Where(file => IsBackup(Path.GetFileName(file)) && IsUnused(file));

    private bool IsBackup(string name) => name.StartsWith(_prefix, StringComparison.Ordinal) && name.EndsWith(Extension, StringComparison.Ordinal)
        && name.Length > _prefix.Length + Extension.Length
        && DateTimeOffset.TryParseExact(name[_prefix.Length..^Extension.Length], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    /// <summary>A link is not made by this command, and a file with companions is the store of a server.</summary>
    private static bool IsUnused(string file) =>
        new FileInfo(file).LinkTarget is null && !File.Exists(file + ".lock") && !File.Exists(file + "-wal") && !File.Exists(file + "-journal");

    private string[] Files()
    {
        try
        {
            return Directory.GetFiles(path);
        }
        catch (UnauthorizedAccessException)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, $"{path} is not readable for this user. Make it readable, or name another directory for the backups.");
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new StartRefusedException(StartRefusal.WrongSetting, $"{path} is a file. Name a directory for the backups, or leave out --keep.");
        }
        catch (DirectoryNotFoundException)
        {
            throw new StartRefusedException(StartRefusal.UnusableStore, $"{path} does not exist. Create it, or name another directory for the backups.");
        }
    }
}
