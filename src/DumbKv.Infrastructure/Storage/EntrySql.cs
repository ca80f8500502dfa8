using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage;

namespace DumbKv.Infrastructure.Storage;

/// <summary>
/// The SQL of requests and of the sweeper, and the one mapping between the columns of the table entries, statement parameters and
/// <see cref="Entry"/>. Each statement of a request names one row by its primary key and decides its condition inside the database, so that
/// of two concurrent requests only one can succeed. SQLite and PostgreSQL use the same SQL.
/// </summary>
internal static class EntrySql
{
    /// <summary>Selects how many expired entries there are, and when the first of them expired.</summary>
    public const string MeasureExpired = $"SELECT count(*), min(expires_at) FROM entries WHERE {IsExpired}";

    /// <summary>Selects how many old receipts there are, and the negative time of the first of their reads.</summary>
    public const string MeasureOldReceipts = $"SELECT count(*), max(expires_at) FROM entries WHERE {IsOldReceipt}";

    /// <summary>Selects the primary keys of expired entries, the oldest first.</summary>
    public const string FindExpired = $"SELECT database_id, lookup FROM entries WHERE {IsExpired} ORDER BY expires_at LIMIT @rows";

    /// <summary>Selects the primary keys of old receipts, the oldest first.</summary>
    public const string FindOldReceipts = $"SELECT database_id, lookup FROM entries WHERE {IsOldReceipt} ORDER BY expires_at DESC LIMIT @rows";

    private const string InsertRow = """
        INSERT INTO entries (database_id, lookup, version, expires_at, flags, sealed)
        VALUES (@database, @lookup, @version, @expires, @flags, @sealed)
        ON CONFLICT (database_id, lookup) DO
        """;

    private const string InsertOrReplace = InsertRow + """
         UPDATE
        SET version = excluded.version, expires_at = excluded.expires_at, flags = excluded.flags, sealed = excluded.sealed
        """;

    private const string Update = """
        UPDATE entries
        SET version = @version, expires_at = @expires, flags = @flags, sealed = @sealed
        WHERE database_id = @database AND lookup = @lookup
        """ + IsPresent;

    private const string DeleteRow = "DELETE FROM entries WHERE database_id = @database AND lookup = @lookup";

    private const string IsExpired = "expires_at > 0 AND expires_at <= @now";

    private const string IsOldReceipt = "expires_at < 0 AND expires_at >= @receipts";

    private const string IsPresent = "\nAND (expires_at IS NULL OR expires_at > @now)";

    private const string HasExpectedVersion = "\nAND version = @expected";

    private static readonly EntryStatement Put = new(InsertOrReplace);

    // An expired entry and a receipt count as absent until the sweeper removes the row. Neither is greater than the present.
    private static readonly EntryStatement PutIfAbsent = new(InsertOrReplace + "\nWHERE entries.expires_at <= @now");

    private static readonly EntryStatement PutIfPresent = new(Update);

    private static readonly EntryStatement PutIfVersion = new(Update + HasExpectedVersion);

    private static readonly EntryStatement Delete = new(DeleteRow);

    private static readonly EntryStatement DeleteIfDue = new($"{DeleteRow}\nAND ({IsExpired} OR {IsOldReceipt})");

    private static readonly EntryStatement DeleteIfPresent = new(DeleteRow + IsPresent);

    private static readonly EntryStatement DeleteIfVersion = new(DeleteRow + IsPresent + HasExpectedVersion);

    /// <summary>Selects a row for <see cref="Read"/>, expired or not. A large value is left out: its size comes without it.</summary>
    public static EntryStatement Find { get; } = new(SelectUpTo(IReadBudget.UncountedBytes.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Selects a row for <see cref="Read"/> with its value, if that is not larger than given.</summary>
    public static EntryStatement FindLarge { get; } = new(SelectUpTo("@size"));

    /// <summary>Changes one row, without an effect, if the row has the version that the write gave it.</summary>
    public static EntryStatement Confirm { get; } = new(
        "UPDATE entries SET version = version WHERE database_id = @database AND lookup = @lookup AND version = @version");

    /// <summary>Inserts a row unchanged if its primary key is free. An existing row is kept, expired or not.</summary>
    public static EntryStatement Copy { get; } = new(InsertRow + " NOTHING");

    /// <summary>The statement for a write. It changes one row or none.</summary>
    public static EntryStatement For(EntryWrite write) => (write.Entry, write.Condition.Kind) switch
    {
        ({ }, PreconditionKind.None) => Put,
        ({ }, PreconditionKind.Absent) => PutIfAbsent,
        ({ }, PreconditionKind.Present) => PutIfPresent,
        ({ }, PreconditionKind.Version) => PutIfVersion,
        (null, PreconditionKind.None) => write.Receipts is null ? Delete : DeleteIfDue,
        (null, PreconditionKind.Present) => DeleteIfPresent,
        (null, PreconditionKind.Version) => DeleteIfVersion,
        _ => throw new UnreachableException(),
    };

    /// <summary>Maps a row of <see cref="Find"/> or <see cref="FindLarge"/>.</summary>
    /// <param name="id">The row's primary key.</param>
    /// <param name="row">The current row.</param>
    /// <param name="large">Memory for a large value, as much as the statement selects. Empty: the statement selects only small ones.</param>
    public static FoundEntry Read<TRow>(EntryId id, TRow row, Memory<byte> large)
        where TRow : IEntryRow
    {
        // NULL in an altered row is read as an empty value, which does not decrypt.
        var size = (int)Math.Min(row.GetInteger(3) ?? 0, int.MaxValue);
        return size > MaxBytes(large) ? new FoundEntry(null, size) : new FoundEntry(
            new Entry
            {
                Database = id.Database,
                Lookup = id.Lookup,
                Version = row.GetBytes(0),
                ExpiresAt = row.GetInteger(1),
                Flags = ToFlags(row.GetInteger(2)),
                Sealed = size == 0 ? Memory<byte>.Empty : large.IsEmpty ? row.GetBytes(4) : row.GetBytes(4, large[..size]),
            },
            size);
    }

    /// <summary>The statement that selects a row with its value, if that fits into <paramref name="large"/>, or is small.</summary>
    public static EntryStatement FindInto(Memory<byte> large) => large.IsEmpty ? Find : FindLarge;

    /// <summary>Sets the parameters of a statement that selects.</summary>
    public static void Bind<TParameters>(EntryStatement statement, EntryId id, Memory<byte> large, TParameters parameters)
        where TParameters : IEntryParameters
    {
        for (var index = 0; index < statement.Parameters.Count; index++)
        {
            switch (statement.Parameters[index])
            {
                case "database": parameters.Set(index, id.Database); break;
                case "lookup": parameters.Set(index, id.Lookup); break;
                case "size": parameters.Set(index, MaxBytes(large)); break;
                default: throw new UnreachableException();
            }
        }
    }

    /// <summary>Sets the parameters of a statement that writes.</summary>
    public static void Bind<TParameters>(EntryStatement statement, EntryWrite write, TParameters parameters)
        where TParameters : IEntryParameters
    {
        for (var index = 0; index < statement.Parameters.Count; index++)
        {
            switch (statement.Parameters[index])
            {
                case "database": parameters.Set(index, write.Database); break;
                case "lookup": parameters.Set(index, write.Lookup); break;
                case "version": parameters.Set(index, write.Entry!.Version); break;
                case "expires": parameters.Set(index, write.Entry!.ExpiresAt); break;
                case "flags": parameters.Set(index, (int)write.Entry!.Flags); break;
                case "sealed": parameters.Set(index, write.Entry!.Sealed); break;
                case "now": parameters.Set(index, write.Now); break;
                case "receipts": parameters.Set(index, write.Receipts); break;
                case "expected": parameters.Set(index, write.Condition.Version?.ToBytes() ?? []); break;
                default: throw new UnreachableException();
            }
        }
    }

    /// <summary>Executes a write in the context's transaction, if it has one. For work outside of requests.</summary>
    /// <returns>Whether it changed a row.</returns>
    public static async Task<bool> ExecuteAsync(this KvDbContext context, EntryWrite write)
    {
        await context.Database.OpenConnectionAsync();
        await using var command = context.Database.GetDbConnection().CreateCommand();
        var statement = For(write);
        command.CommandText = statement.Text;
        command.Transaction = context.Database.CurrentTransaction?.GetDbTransaction();
        command.CommandTimeout = context.Database.GetCommandTimeout() ?? command.CommandTimeout;
        Bind(statement, write, new DbCommandParameters(command, statement));
        return await command.ExecuteNonQueryAsync() == 1;
    }

    private static int MaxBytes(Memory<byte> large) => large.IsEmpty ? IReadBudget.UncountedBytes : large.Length;

    /// <summary>Neither database reads the value to get its length, or if the CASE leaves it out.</summary>
    private static string SelectUpTo(string size) =>
        $"SELECT version, expires_at, flags, length(sealed), CASE WHEN length(sealed) <= {size} THEN sealed END FROM entries WHERE database_id = @database AND lookup = @lookup";

    /// <summary>SQLite stores any integer in the column. A number that no server wrote must not decrypt.</summary>
    private static EntryFlags ToFlags(long? column) => column is >= 0 and <= int.MaxValue ? (EntryFlags)column : (EntryFlags)(-1);

    private readonly struct DbCommandParameters(DbCommand command, EntryStatement statement) : IEntryParameters
    {
        public void Set(int index, int value) => Add(index, DbType.Int32, value);

        public void Set(int index, long? value) => Add(index, DbType.Int64, value);

        public void Set(int index, byte[] value) => Add(index, DbType.Binary, value);

        public void Set(int index, ReadOnlyMemory<byte> value) => Add(index, DbType.Binary, value.ToArray());

        private void Add(int index, DbType type, object? value)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.DbType, parameter.Value) = (statement.Parameters[index], type, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }
    }
}

/// <summary>A statement of <see cref="EntrySql"/>.</summary>
internal sealed partial class EntryStatement
{
    private readonly List<string> _parameters = [];

    /// <param name="text">The SQL, with named parameters.</param>
    public EntryStatement(string text)
    {
        Text = text;
        NumberedText = Parameter().Replace(text, match =>
        {
            var name = match.Groups[1].Value;
            if (!_parameters.Contains(name))
            {
                _parameters.Add(name);
            }

            return $"${_parameters.IndexOf(name) + 1}";
        });
    }

    /// <summary>The SQL with named parameters: @name.</summary>
    public string Text { get; }

    /// <summary>The SQL with numbered parameters: $1. Npgsql sends it unchanged, and would rewrite named parameters for each command.</summary>
    public string NumberedText { get; }

    /// <summary>The parameters' names, without @, in the order in which the text first uses them. SQLite numbers them the same way.</summary>
    public IReadOnlyList<string> Parameters => _parameters;

    [GeneratedRegex(@"@(\w+)")]
    private static partial Regex Parameter();
}

/// <param name="Entry">Null if there is no row, or if its value is larger than was asked for.</param>
/// <param name="Size">Size of the value in bytes, read or not. 0 if there is no row.</param>
internal readonly record struct FoundEntry(Entry? Entry, int Size)
{
    public bool IsLarge => Entry is null && Size > 0;
}

/// <summary>A current row of a result.</summary>
internal interface IEntryRow
{
    byte[] GetBytes(int column);

    /// <param name="column">The column.</param>
    /// <param name="target">As long as the value.</param>
    /// <returns>The part of <paramref name="target"/> that was written.</returns>
    Memory<byte> GetBytes(int column, Memory<byte> target);

    /// <summary>Null for NULL.</summary>
    long? GetInteger(int column);
}

/// <summary>The parameters of a statement, set in the order of their index.</summary>
internal interface IEntryParameters
{
    void Set(int index, int value);

    void Set(int index, long? value);

    void Set(int index, byte[] value);

    void Set(int index, ReadOnlyMemory<byte> value);
}

/// <summary>
/// The table has no sequence and no foreign key, and one primary key that every statement of a request names. So it can be
/// distributed by lookup without a change of code.
/// </summary>
internal sealed class EntryConfiguration : IEntityTypeConfiguration<Entry>
{
    public void Configure(EntityTypeBuilder<Entry> builder)
    {
        builder.ToTable("entries");
        builder.HasKey(entry => new { entry.Database, entry.Lookup });

        builder.Property(entry => entry.Database).HasColumnName("database_id").ValueGeneratedNever();
        builder.Property(entry => entry.Lookup).HasColumnName("lookup").ValueGeneratedNever();
        builder.Property(entry => entry.Version).HasColumnName("version");
        builder.Property(entry => entry.ExpiresAt).HasColumnName("expires_at");
        builder.Property(entry => entry.Flags).HasColumnName("flags");
        builder.Property(entry => entry.Sealed).HasColumnName("sealed").HasConversion(value => value.ToArray(), bytes => bytes);
        builder.Ignore(entry => entry.IsOnce);
        builder.Ignore(entry => entry.IsBinary);
        builder.Ignore(entry => entry.IsReceipt);
        builder.Ignore(entry => entry.IsWellFormed);
        builder.Ignore(entry => entry.ReadAt);

        // For the sweeper. Entries that do not expire are not in the index.
        builder.HasIndex(entry => entry.ExpiresAt, "entries_expires_at").HasFilter("expires_at IS NOT NULL");
    }
}
