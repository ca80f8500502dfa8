using DumbKv.Client;

namespace DumbKv.CommandLine.Entries;

/// <summary>The entry that a command works on, and the server that has it.</summary>
/// <remarks>Not a record, because a record would print the key.</remarks>
internal sealed class Target
{
    public required Uri Server { get; init; }

    public required int Database { get; init; }

    /// <summary>Null: a plain entry.</summary>
    public E1Key? Key { get; init; }

    /// <summary>Null: an end-to-end entry.</summary>
    public string? PlainKey { get; init; }

    /// <summary>The key was made for this call, and the user does not have it yet.</summary>
    public bool IsNewKey { get; init; }

    /// <summary>Null: the target is no link, which would say it.</summary>
    public bool? NeedsPassphrase { get; init; }
}
