using DumbKv.Domain.Entries;
using Npgsql;
using NpgsqlTypes;

namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>The statements of <see cref="EntrySql"/> as commands of a batch.</summary>
internal static class PostgresCommands
{
    /// <summary>Reads a row.</summary>
    /// <param name="id">The row's primary key.</param>
    /// <param name="large">Memory for a large value. A larger one is left out.</param>
    public static NpgsqlBatchCommand Find(EntryId id, Memory<byte> large)
    {
        var statement = EntrySql.FindInto(large);
        var command = new NpgsqlBatchCommand(statement.NumberedText);
        EntrySql.Bind(statement, id, large, new Parameters(command));
        return command;
    }

    /// <summary>The current row of <see cref="Find"/>.</summary>
    public static FoundEntry Read(EntryId id, NpgsqlDataReader reader, Memory<byte> large) => EntrySql.Read(id, new Row(reader), large);

    /// <summary>Changes one row or none.</summary>
    public static NpgsqlBatchCommand Write(EntryWrite write) => Create(EntrySql.For(write), write);

    /// <summary>Changes one row, without an effect, if <paramref name="write"/> was committed and was not overwritten since.</summary>
    public static NpgsqlBatchCommand Confirm(EntryWrite write) => Create(EntrySql.Confirm, write);

    /// <summary>Inserts a row unchanged if its primary key is free.</summary>
    public static NpgsqlBatchCommand Copy(EntryWrite write) => Create(EntrySql.Copy, write);

    private static NpgsqlBatchCommand Create(EntryStatement statement, EntryWrite write)
    {
        var command = new NpgsqlBatchCommand(statement.NumberedText);
        EntrySql.Bind(statement, write, new Parameters(command));
        return command;
    }

    private readonly struct Parameters(NpgsqlBatchCommand command) : IEntryParameters
    {
        public void Set(int index, int value) => command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = value });

        public void Set(int index, long? value) => command.Parameters.Add(value is { } integer
            ? new NpgsqlParameter<long> { TypedValue = integer }
            : new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Bigint, Value = DBNull.Value });

        public void Set(int index, byte[] value) => command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = value });

        public void Set(int index, ReadOnlyMemory<byte> value) => command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = value });
    }

    private readonly struct Row(NpgsqlDataReader reader) : IEntryRow
    {
        public byte[] GetBytes(int column) => reader.GetFieldValue<byte[]>(column);

        public Memory<byte> GetBytes(int column, Memory<byte> target)
        {
            using var value = reader.GetStream(column);
            value.ReadExactly(target.Span);
            return target;
        }

        public long? GetInteger(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);
    }
}
