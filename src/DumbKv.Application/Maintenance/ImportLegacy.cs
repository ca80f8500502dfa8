using System.Text.Unicode;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using Microsoft.Extensions.Logging;

namespace DumbKv.Application.Maintenance;

/// <param name="Source">The original server's table.</param>
/// <param name="Target">The store that its entries are imported into.</param>
/// <param name="InPlace">The table is in the target's database. Rows are removed when they are imported, and the ciphertext is scrubbed at the end.</param>
/// <param name="Progress">Called after each batch.</param>
public sealed record ImportLegacy(ILegacyStore Source, IImportTarget Target, bool InPlace, Action<WorkProgress>? Progress = null);

/// <param name="Imported">Rows whose value is now in the store, encrypted again.</param>
/// <param name="Unreadable">Rows that cannot be decrypted, or that the original did not write. They stay.</param>
/// <param name="Conflicting">Rows whose key has another value in the store. They stay.</param>
public sealed record ImportResult(long Imported, long Unreadable, long Conflicting)
{
    /// <summary>Rows that stay in the original's table.</summary>
    public long Staying => Unreadable + Conflicting;
}

/// <summary>
/// Imports the entries of the original server. It needs no keys from users, because each row's own key column opens its value. A row
/// is removed only after its new entry was read back and decrypted, in the same transaction. So a kill at any point loses nothing,
/// and a second run resumes the import.
/// </summary>
public sealed partial class ImportLegacyHandler(EntryCipher cipher, TimeProvider time, ILogger<ImportLegacyHandler> logger)
{
    /// <summary>Null if there is no table of the original server.</summary>
    public async Task<ImportResult?> HandleAsync(ImportLegacy command, CancellationToken cancellationToken)
    {
        if (await command.Source.CountAsync(cancellationToken) is not { } total)
        {
            return null;
        }

        long imported = 0, unreadable = 0, conflicting = 0;
        await foreach (var rows in command.Source.ReadAsync(cancellationToken))
        {
            var batch = new List<ReencryptedEntry>(rows.Count);
            foreach (var row in rows)
            {
                if (Reencrypt(row) is { } reencrypted)
                {
                    batch.Add(reencrypted);
                }
                else
                {
                    unreadable++;
                    LogUnreadable(row.Place);
                }
            }

            var staying = await command.Target.ImportAsync(batch, command.InPlace, time.GetUtcNow(), cancellationToken);
            foreach (var conflict in staying)
            {
                conflicting++;
                LogConflicting(conflict.Row.Place);
            }

            imported += batch.Count - staying.Count;
            command.Progress?.Invoke(new WorkProgress("importing", imported + unreadable + conflicting, total));
        }

        if (command.InPlace)
        {
            await command.Target.ScrubAsync(cancellationToken);
        }

        return new ImportResult(imported, unreadable, conflicting);
    }

    private ReencryptedEntry? Reencrypt(LegacyRow row)
    {
        if (row is not { Database: { } database, Key: { } column, Token: { } token } || !LegacyKey.TryParse(column, out var key))
        {
            return null;
        }

        using (key)
        {
            if (!FernetToken.TryOpen(token, key, out var value))
            {
                return null;
            }

            // The original stored text. A value that is not UTF-8 would not survive JSON, so it is returned as base64.
            var flags = Utf8.IsValid(value) ? EntryFlags.None : EntryFlags.Binary;
            var hashedKey = key.HashedKey.ToArray();
            using var keys = cipher.Derive(database, hashedKey);

            return new ReencryptedEntry(row, EntryCipher.Seal(keys, value, expiresAt: null, flags), stored =>
            {
                using var again = cipher.Derive(database, hashedKey);
                return EntryCipher.TryOpenInPlace(again, stored, out var opened) && opened.Span.SequenceEqual(value);
            });
        }
    }

    [LoggerMessage(LogLevel.Warning, "Row {Place} stays in the original's table kv: it cannot be decrypted, or the original did not write it")]
    private partial void LogUnreadable(string place);

    [LoggerMessage(LogLevel.Warning, "Row {Place} stays in the original's table kv: its key has another value in this store")]
    private partial void LogConflicting(string place);
}
