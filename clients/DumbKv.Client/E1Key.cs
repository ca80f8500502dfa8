using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace DumbKv.Client;

/// <summary>
/// A key of end-to-end encryption: a made key of 130 random bits, such as e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw, alone or with the
/// name of an entry, such as e1-…/db/password.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class E1Key : IEquatable<E1Key>
{
    /// <summary>The size in bytes of the longest name, in UTF-8.</summary>
    public const int MaxNameBytes = 1_024;

    internal const int MadeKeyLength = 37;

    internal const string Prefix = "e1-";

    /// <summary>Without 0 o, 1 l i, 2 z, 5 s, u v, because keys are also read from paper and typed.</summary>
    internal const string Alphabet = "346789abcdefghjkmnpqrtwxy";

    private E1Key(string madeKey, string? name)
    {
        MadeKey = madeKey;
        Name = name;
    }

    /// <summary>The name of the entry. Null: the key has none.</summary>
    public string? Name { get; }

    /// <summary>The key as text. It is a secret.</summary>
    public string Value => Name is null ? MadeKey : $"{MadeKey}/{Name}";

    internal string MadeKey { get; }

    /// <summary>Makes a key from 28 characters, each drawn uniformly.</summary>
    public static E1Key Create() => new(InGroups(RandomNumberGenerator.GetString(Alphabet, 28)), name: null);

    /// <summary>Reads a key.</summary>
    /// <param name="value">A made key, or a made key, a slash and a name.</param>
    /// <exception cref="FormatException">The text is not a key. The message does not repeat it.</exception>
    public static E1Key Parse(string value) => TryParse(value, out var key)
        ? key
        : throw new FormatException("This is not an end-to-end key. A key is e1- and seven groups of four characters, and may have a slash and a name after it.");

    /// <summary>Reads a key.</summary>
    /// <param name="value">A made key, or a made key, a slash and a name.</param>
    /// <param name="key">The key.</param>
    /// <returns>False if the text is not a key.</returns>
    public static bool TryParse([NotNullWhen(true)] string? value, [NotNullWhen(true)] out E1Key? key)
    {
        key = null;
        if (value is null || value.Length < MadeKeyLength || !MadeKeyForm().IsMatch(value.AsSpan(0, MadeKeyLength)))
        {
            return false;
        }

        if (value.Length == MadeKeyLength)
        {
            key = new E1Key(value, name: null);
        }
        else if (value[MadeKeyLength] == '/' && IsName(value.AsSpan(MadeKeyLength + 1)))
        {
            key = new E1Key(value[..MadeKeyLength], value[(MadeKeyLength + 1)..]);
        }

        return key is not null;
    }

    /// <summary>Whether the text has the form of a made key anywhere in it. Never send such a text to a server.</summary>
    public static bool ContainsMadeKey(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return MadeKeyAnywhere().IsMatch(text);
    }

    /// <summary>The key of another entry under the same made key.</summary>
    /// <param name="name">1 to 1,024 bytes of UTF-8, for example db/password. It is part of the key exactly as given.</param>
    /// <exception cref="ArgumentException">The name is empty, too long or not well-formed.</exception>
    public E1Key WithName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsName(name) ? new E1Key(MadeKey, name) : throw new ArgumentException("A name must have 1 to 1,024 bytes of UTF-8.", nameof(name));
    }

    /// <summary>Only the prefix, so that a log does not show the key. <see cref="Value"/> is the key.</summary>
    public override string ToString() => "e1-…";

    /// <inheritdoc/>
    public bool Equals(E1Key? other) => other is not null && MadeKey == other.MadeKey && Name == other.Name;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as E1Key);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MadeKey, Name);

    internal static string InGroups(string characters) => Prefix + string.Join('-', characters.Chunk(4).Select(group => new string(group)));

    // A character has at least one byte, so a longer name is not counted at all.
    private static bool IsName(ReadOnlySpan<char> name) => name.Length is > 0 and <= MaxNameBytes && StrictUtf8.GetByteCount(name) <= MaxNameBytes;

    [GeneratedRegex(@"\Ae1(?:-[346789abcdefghjkmnpqrtwxy]{4}){7}\z")]
    private static partial Regex MadeKeyForm();

    [GeneratedRegex("e1(?:-[346789abcdefghjkmnpqrtwxy]{4}){7}")]
    private static partial Regex MadeKeyAnywhere();
}
