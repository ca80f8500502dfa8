using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace DumbKv.Client.EndToEnd;

/// <summary>What is derived from an end-to-end key, a passphrase and a database: docs/end-to-end.md, "Derivation".</summary>
internal sealed class E1Entry
{
    private const int PassphraseIterations = 600_000;

    private const int SecretBytes = 32;

    private E1Entry(string entryKey, int database, bool needsPassphrase, string id, byte[] dataKey, byte[] associatedData)
    {
        EntryKey = entryKey;
        Database = database;
        NeedsPassphrase = needsPassphrase;
        Id = id;
        DataKey = dataKey;
        AssociatedData = associatedData;
    }

    /// <summary>Opens this entry alone. For a key without a name, the made key itself.</summary>
    public string EntryKey { get; }

    public int Database { get; }

    /// <summary>Whether <see cref="EntryKey"/> needs the passphrase too.</summary>
    public bool NeedsPassphrase { get; }

    /// <summary>The key to use with the server.</summary>
    public string Id { get; }

    /// <summary>For AES-256-GCM.</summary>
    public byte[] DataKey { get; }

    public byte[] AssociatedData { get; }

    public static E1Entry Derive(E1Key key, byte[] passphrase, int database)
    {
        var scope = Scope(database);
        var entryKey = key.MadeKey;
        var secret = Secret(entryKey, Stretch(passphrase, scope, entryKey));
        try
        {
            if (key.Name is not null)
            {
                entryKey = EntryKeyOf(secret, scope, key.Name);
                CryptographicOperations.ZeroMemory(secret);
                secret = Secret(entryKey, []);
            }

            var id = Hkdf(secret, scope, "id"u8, SecretBytes);
            var needsPassphrase = passphrase.Length > 0 && key.Name is null;
            return new E1Entry(entryKey, database, needsPassphrase, Base64Url.EncodeToString(id), Hkdf(secret, scope, "data"u8, SecretBytes), [.. scope, .. id]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static byte[] Scope(int database)
    {
        var number = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(number, database);
        return [.. "DumbKV/E1\0"u8, .. number];
    }

    private static byte[] Stretch(byte[] passphrase, byte[] scope, string madeKey) => passphrase.Length == 0
        ? []
        : Rfc2898DeriveBytes.Pbkdf2(
            passphrase, SHA256.HashData([.. scope, .. Encoding.ASCII.GetBytes(madeKey)]), PassphraseIterations, HashAlgorithmName.SHA256, SecretBytes);

    private static byte[] Secret(string key, byte[] stretched)
    {
        byte[] secret = [0, 0, 0, E1Key.MadeKeyLength, .. Encoding.ASCII.GetBytes(key), .. stretched];
        CryptographicOperations.ZeroMemory(stretched);
        return secret;
    }

    private static string EntryKeyOf(byte[] secret, byte[] scope, string name)
    {
        var bytes = Hkdf(secret, scope, [.. "name\0"u8, .. Encoding.UTF8.GetBytes(name)], 56);
        var characters = Enumerable.Range(0, 28).Select(i => E1Key.Alphabet[BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2 * i)) % E1Key.Alphabet.Length]);
        return E1Key.InGroups(string.Concat(characters));
    }

    private static byte[] Hkdf(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info, int length)
    {
        var output = new byte[length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, output, salt, info);
        return output;
    }
}
