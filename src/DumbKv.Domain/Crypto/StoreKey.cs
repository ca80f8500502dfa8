using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace DumbKv.Domain.Crypto;

/// <summary>The secret of a store, the salt of format 1. It is random, and stays the same for the life of the store.</summary>
/// <remarks>
/// A pepper encrypts it (NIST SP 800-38D, RFC 5869):
/// <code>
/// kek      = HKDF-SHA-256(ikm = pepper, no salt, info = "DumbKV/1/pepper-kek", 32)
/// wrapped  = nonce (12 random bytes) ‖ AES-256-GCM(kek, nonce, store key, aad = "DumbKV/1/store-key")
/// </code>
/// So a pepper can be added, replaced and removed without the keys of the entries.
/// </remarks>
public sealed class StoreKey
{
    /// <summary>Length of a new store key, in bytes.</summary>
    public const int Bytes = 32;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    // To set the key of an HMAC takes longer than to hash with it, so each thread keeps the HMAC of the key that it used last.
    [ThreadStatic]
    private static (StoreKey Key, IncrementalHash Hmac)? _keyed;

    private readonly byte[] _secret;

    private StoreKey(byte[] secret) => _secret = secret;

    /// <summary>The empty key of a store that an earlier version made without a pepper.</summary>
    public static StoreKey None { get; } = new([]);

    private static ReadOnlySpan<byte> KekLabel => "DumbKV/1/pepper-kek"u8;

    private static ReadOnlySpan<byte> WrapLabel => "DumbKV/1/store-key"u8;

    public static StoreKey New() => new(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The key of a store that an earlier version made with this pepper.</summary>
    public static StoreKey OfFirstPepper(Pepper pepper) => new(pepper.Secret.ToArray());

    /// <summary>A key as <see cref="ToBytes"/> returns it.</summary>
    /// <exception cref="ArgumentException">Not as long as a store key or a pepper.</exception>
    public static StoreKey FromBytes(byte[] bytes) => bytes.Length is >= Pepper.MinBytes and <= Pepper.MaxBytes
        ? new(bytes)
        : throw new ArgumentException($"A store key has {Pepper.MinBytes} to {Pepper.MaxBytes} bytes.", nameof(bytes));

    /// <summary>False if the pepper is another one, or <paramref name="wrapped"/> was altered.</summary>
    public static bool TryUnwrap(byte[] wrapped, Pepper pepper, [NotNullWhen(true)] out StoreKey? key)
    {
        key = null;
        var length = wrapped.Length - NonceBytes - TagBytes;
        if (length is < Pepper.MinBytes or > Pepper.MaxBytes)
        {
            return false;
        }

        var nonce = wrapped.AsSpan(0, NonceBytes);
        var sealedKey = wrapped.AsSpan(NonceBytes);
        var secret = new byte[length];
        using var aes = CreateAes(pepper);
        try
        {
            aes.Decrypt(nonce, sealedKey[..length], sealedKey[length..], secret, WrapLabel);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }

        key = new StoreKey(secret);
        return true;
    }

    /// <summary>Encrypts the key.</summary>
    public byte[] Wrap(Pepper pepper)
    {
        var wrapped = new byte[NonceBytes + _secret.Length + TagBytes];
        var nonce = wrapped.AsSpan(0, NonceBytes);
        var sealedKey = wrapped.AsSpan(NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = CreateAes(pepper);
        aes.Encrypt(nonce, _secret, sealedKey[.._secret.Length], sealedKey[_secret.Length..], WrapLabel);
        return wrapped;
    }

    /// <summary>HKDF-Extract with this key as the salt, which is one HMAC (RFC 5869, section 2.2).</summary>
    internal void Extract(ReadOnlySpan<byte> input, Span<byte> prk)
    {
        var hmac = KeyedHmac();
        try
        {
            hmac.AppendData(input);
            hmac.GetHashAndReset(prk);
        }
        catch
        {
            _keyed = null; // It may have hashed a part of the input.
            throw;
        }
    }

    /// <summary>The key in clear.</summary>
    public byte[] ToBytes() => [.. _secret];

    public bool IsSameAs(ReadOnlySpan<byte> secret) => CryptographicOperations.FixedTimeEquals(_secret, secret);

    public override string ToString() => "[redacted]";

    private IncrementalHash KeyedHmac()
    {
        if (_keyed is { } keyed)
        {
            if (ReferenceEquals(keyed.Key, this))
            {
                return keyed.Hmac;
            }

            _keyed = null;
            keyed.Hmac.Dispose();
        }

        var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _secret);
        _keyed = (this, hmac);
        return hmac;
    }

    private static AesGcm CreateAes(Pepper pepper)
    {
        Span<byte> kek = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, pepper.Secret, kek, salt: [], KekLabel);
        var aes = new AesGcm(kek, TagBytes);
        CryptographicOperations.ZeroMemory(kek);
        return aes;
    }
}
