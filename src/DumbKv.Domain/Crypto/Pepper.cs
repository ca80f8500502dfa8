using System.Security.Cryptography;

namespace DumbKv.Domain.Crypto;

/// <summary>
/// An optional secret that is kept outside the database and encrypts the <see cref="StoreKey"/>. Without it a stolen database cannot
/// be decrypted, even if its keys are weak.
/// </summary>
public sealed class Pepper
{
    /// <summary>Smallest pepper, in bytes.</summary>
    public const int MinBytes = 16;

    /// <summary>Largest pepper, in bytes.</summary>
    public const int MaxBytes = 64;

    /// <summary>Length of <see cref="Fingerprint"/>, in bytes.</summary>
    public const int FingerprintBytes = 16;

    private readonly byte[] _secret;

    /// <exception cref="ArgumentException">Not <see cref="MinBytes"/> to <see cref="MaxBytes"/> bytes.</exception>
    public Pepper(byte[] secret)
    {
        if (secret.Length is < MinBytes or > MaxBytes)
        {
            throw new ArgumentException($"A pepper has {MinBytes} to {MaxBytes} bytes.", nameof(secret));
        }

        _secret = secret;
        Fingerprint = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, FingerprintBytes, salt: null, info: "DumbKV/1/pepper"u8.ToArray());
    }

    /// <summary>Stored, so that a start with another pepper is refused. It does not reveal the pepper.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>Whether all bytes are printable characters, so that it is probably a password and not random.</summary>
    public bool LooksLikeText => !_secret.AsSpan().ContainsAnyExceptInRange((byte)' ', (byte)'~');

    internal ReadOnlySpan<byte> Secret => _secret;

    public override string ToString() => "[redacted]";
}
