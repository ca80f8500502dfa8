using System.Text.Unicode;
using DumbKv.Domain.Crypto;
using DumbKv.Domain.Entries;
using Microsoft.Extensions.Logging;

namespace DumbKv.Application.Maintenance;

/// <param name="Source">The original's table.</param>
/// <param name="Target">Where its entries go.</param>
/// <param name="InPlace">The table stands in the target itself: rows are removed as they are taken over, and its ciphertext is scrubbed at the end.</param>
/// <param name="Progress">Told after every batch.</param>
public sealed record UpgradeOriginal(IOriginalStore Source, IUpgradeTarget Target, bool InPlace, Action<WorkProgress>? Progress = null);

/// <param name="TakenOver">Rows whose value now stands sealed in the store.</param>
/// <param name="Unreadable">Rows that do not verify, or hold what the original never wrote. They stay.</param>
/// <param name="Conflicting">Rows whose key has another value in the store. They stay.</param>
public sealed record UpgradeResult(long TakenOver, long Unreadable, long Conflicting)
{
    /// <summary>Rows that stay in the original's table.</summary>
    public long Staying => Unreadable + Conflicting;
}

/// <summary>
/// Takes the original server's entries over, with nobody's keys: each row's own key column opens it. A row is removed only
/// after its new entry was read back and opened, in the same transaction, so that a kill at any point loses nothing and
/// a second run goes on.
/// </summary>
public sealed partial class UpgradeOriginalHandler(EntryCipher cipher, TimeProvider time, ILogger<UpgradeOriginalHandler> logger)
{
    /// <summary>Null where there is nothing of the original's.</summary>
    public async Task<UpgradeResult?> HandleAsync(UpgradeOriginal command, CancellationToken cancellationToken)
    {
        if (await command.Source.CountAsync(cancellationToken) is not { } total)
        {
            return null;
        }

        long takenOver = 0, unreadable = 0, conflicting = 0;
        await foreach (var rows in command.Source.ReadAsync(cancellationToken))
        {
            var batch = new List<Resealed>(rows.Count);
            foreach (var row in rows)
            {
                if (Reseal(row) is { } resealed)
                {
                    batch.Add(resealed);
                }
                else
                {
                    unreadable++;
                    LogUnreadable(row.Place);
                }
            }

            var staying = await command.Target.TakeOverAsync(batch, command.InPlace, time.GetUtcNow(), cancellationToken);
            foreach (var conflict in staying)
            {
                conflicting++;
                LogConflicting(conflict.Row.Place);
            }

            takenOver += batch.Count - staying.Count;
            command.Progress?.Invoke(new WorkProgress("taking over", takenOver + unreadable + conflicting, total));
        }

        if (command.InPlace)
        {
            await command.Target.ScrubAsync(cancellationToken);
        }

        return new UpgradeResult(takenOver, unreadable, conflicting);
    }

    private Resealed? Reseal(OriginalRow row)
    {
        if (row is not { Database: { } database, Key: { } column, Token: { } token } || !OriginalKey.TryParse(column, out var key))
        {
            return null;
        }

        using (key)
        {
            if (!FernetToken.TryOpen(token, key, out var value))
            {
                return null;
            }

            // The original kept text. What is none would not survive an answer in JSON, so it goes out as base64.
            var flags = Utf8.IsValid(value) ? EntryFlags.None : EntryFlags.Binary;
            var hashedKey = key.HashedKey.ToArray();
            using var keys = cipher.Derive(database, hashedKey);

            return new Resealed(row, EntryCipher.Seal(keys, value, expiresAt: null, flags), stored =>
            {
                using var again = cipher.Derive(database, hashedKey);
                return EntryCipher.TryOpen(again, stored, out var opened) && opened.AsSpan().SequenceEqual(value);
            });
        }
    }

    [LoggerMessage(LogLevel.Warning, "Row {Place} of the original's kv table stays there: it does not verify, or is nothing that the original wrote")]
    private partial void LogUnreadable(string place);

    [LoggerMessage(LogLevel.Warning, "Row {Place} of the original's kv table stays there: its key has another value in this store")]
    private partial void LogConflicting(string place);
}
