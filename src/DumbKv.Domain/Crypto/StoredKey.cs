using System.Security.Cryptography;

namespace DumbKv.Domain.Crypto;

/// <summary>Why a stored key does not open.</summary>
public enum StoredKeyFault
{
    None,

    /// <summary>The key is encrypted with a pepper, and no pepper is set.</summary>
    PepperMissing,

    /// <summary>The key is encrypted with another pepper.</summary>
    PepperWrong,

    /// <summary>A pepper is set, and the key is not encrypted. Somebody who can write to the database could have put it there.</summary>
    NotEncrypted,

    /// <summary>A pepper is set, and an earlier version made the store without one. It cannot be added.</summary>
    CannotHavePepper,

    /// <summary>The pepper is the right one, and the encrypted key was altered.</summary>
    Damaged,
}

/// <summary>The store key as the store holds it.</summary>
/// <param name="Key">The key, or the wrapped key if <paramref name="PepperFingerprint"/> is set. Null: an earlier version made the store, and its key is its pepper or empty.</param>
/// <param name="PepperFingerprint">Fingerprint of the pepper that wraps the key. Null: none.</param>
/// <param name="EarlierFingerprint">What earlier versions compare with the fingerprint of their pepper. If they would derive other keys, it is random, so that they refuse the store.</param>
/// <param name="FirstPepperIsKey">The key is the pepper with which an earlier version made the store.</param>
public sealed record StoredKey(byte[]? Key, byte[]? PepperFingerprint, byte[]? EarlierFingerprint, bool FirstPepperIsKey)
{
    /// <summary>Whether the store's values are safe without the pepper.</summary>
    public bool HasPepper => PepperFingerprint is not null || (Key is null && EarlierFingerprint is not null);

    /// <summary>A new store key, wrapped if there is a pepper.</summary>
    public static StoredKey New(Pepper? pepper) => Of(StoreKey.New(), pepper, firstPepperIsKey: false);

    /// <summary>The key as it is stored with this pepper, or in clear without one.</summary>
    public static StoredKey Of(StoreKey key, Pepper? pepper, bool firstPepperIsKey) => new(
        pepper is null ? key.ToBytes() : key.Wrap(pepper),
        pepper?.Fingerprint,
        pepper is not null && key.IsSameAs(pepper.Secret) ? pepper.Fingerprint : RandomNumberGenerator.GetBytes(Pepper.FingerprintBytes),
        firstPepperIsKey);

    /// <summary>Opens the key with one of the peppers. What decides is whether it unwraps. The fingerprint only tells the faults apart.</summary>
    /// <param name="pepper">PEPPER. Null: not set.</param>
    /// <param name="previous">PEPPER_PREVIOUS. Null: not set.</param>
    /// <returns>The key and the pepper that opened it, or the fault.</returns>
    public (StoreKey? Key, Pepper? With, StoredKeyFault Fault) Open(Pepper? pepper, Pepper? previous)
    {
        StoreKey? key = null;
        Pepper[] peppers = [.. new[] { pepper, previous }.OfType<Pepper>()];
        if (!HasPepper)
        {
            return (peppers, Key) switch
            {
                ([], null) => (StoreKey.None, null, StoredKeyFault.None),
                ([], _) => IsKey(Key) ? (StoreKey.FromBytes(Key), null, StoredKeyFault.None) : (null, null, StoredKeyFault.Damaged),
                (_, null) => (null, null, StoredKeyFault.CannotHavePepper),
                _ => (null, null, StoredKeyFault.NotEncrypted),
            };
        }

        foreach (var candidate in peppers)
        {
            if (Key is null ? Matches(candidate) : StoreKey.TryUnwrap(Key, candidate, out key))
            {
                return (key ?? StoreKey.OfFirstPepper(candidate), candidate, StoredKeyFault.None);
            }
        }

        return (null, null, peppers switch
        {
            [] => StoredKeyFault.PepperMissing,
            _ when Array.Exists(peppers, Matches) => StoredKeyFault.Damaged,
            _ => StoredKeyFault.PepperWrong,
        });
    }

    /// <summary>Whether both are the same bytes.</summary>
    public bool IsSameAs(StoredKey other) =>
        Key.AsSpan().SequenceEqual(other.Key)
        && PepperFingerprint.AsSpan().SequenceEqual(other.PepperFingerprint)
        && (Key is not null || EarlierFingerprint.AsSpan().SequenceEqual(other.EarlierFingerprint));

    public override string ToString() => "[redacted]";

    private static bool IsKey(byte[] bytes) => bytes.Length is >= Pepper.MinBytes and <= Pepper.MaxBytes;

    private bool Matches(Pepper pepper) => CryptographicOperations.FixedTimeEquals(pepper.Fingerprint, PepperFingerprint ?? EarlierFingerprint);
}
