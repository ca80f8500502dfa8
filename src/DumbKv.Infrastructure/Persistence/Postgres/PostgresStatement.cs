using System.Collections.Frozen;
using System.Text.RegularExpressions;
using DumbKv.Domain.Entries;
using Npgsql;
using NpgsqlTypes;

namespace DumbKv.Infrastructure.Persistence.Postgres;

/// <summary>
/// A statement of <see cref="EntryStatements"/> as PostgreSQL itself takes it, with numbered parameters. Npgsql would take the
/// names too, and rewrite the text for every command.
/// </summary>
internal sealed partial class PostgresStatement
{
    private static readonly PostgresStatement Find = new(EntryStatements.Find);

    private static readonly FrozenDictionary<string, PostgresStatement> Writes =
        EntryStatements.Writes.ToFrozenDictionary(text => text, text => new PostgresStatement(text), StringComparer.Ordinal);

    private static readonly PostgresStatement Confirm = new(
        "UPDATE entries SET version = version WHERE database_id = @database AND lookup = @lookup AND version = @version");

    private readonly string _text;
    private readonly List<string> _parameters = [];

    private PostgresStatement(string text) => _text = Parameter().Replace(text, match =>
    {
        var name = match.Groups[1].Value;
        if (!_parameters.Contains(name))
        {
            _parameters.Add(name);
        }

        return $"${_parameters.IndexOf(name) + 1}";
    });

    /// <summary>The row, for <see cref="EntryStatements.Read"/>.</summary>
    public static NpgsqlBatchCommand ToFind(EntryId id) => new(Find._text)
    {
        Parameters = { new NpgsqlParameter<int> { TypedValue = id.Database }, new NpgsqlParameter<byte[]> { TypedValue = id.Lookup } },
    };

    /// <summary>Changes one row or none.</summary>
    public static NpgsqlBatchCommand To(EntryWrite write) => Writes[EntryStatements.For(write)].Bind(write);

    /// <summary>Changes nothing, and tells by one row that <paramref name="write"/> is there, as safe as a write can be.</summary>
    public static NpgsqlBatchCommand ToConfirm(EntryWrite write) => Confirm.Bind(write);

    private NpgsqlBatchCommand Bind(EntryWrite write)
    {
        var command = new NpgsqlBatchCommand(_text);
        foreach (var name in _parameters)
        {
            command.Parameters.Add(name switch
            {
                "database" => new NpgsqlParameter<int> { TypedValue = write.Database },
                "lookup" => new NpgsqlParameter<byte[]> { TypedValue = write.Lookup },
                "version" => new NpgsqlParameter<byte[]> { TypedValue = write.Entry!.Version },
                "expires" when write.Entry!.ExpiresAt is { } at => new NpgsqlParameter<long> { TypedValue = at },
                "expires" => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Bigint, Value = DBNull.Value },
                "flags" => new NpgsqlParameter<int> { TypedValue = (int)write.Entry!.Flags },
                "sealed" => new NpgsqlParameter<byte[]> { TypedValue = write.Entry!.Sealed },
                "now" => new NpgsqlParameter<long> { TypedValue = write.Now },
                _ => new NpgsqlParameter<byte[]> { TypedValue = write.Condition.Version?.ToBytes() ?? [] },
            });
        }

        return command;
    }

    [GeneratedRegex(@"@(\w+)")]
    private static partial Regex Parameter();
}
