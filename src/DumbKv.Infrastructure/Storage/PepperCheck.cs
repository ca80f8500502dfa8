using System.Security.Cryptography;

namespace DumbKv.Infrastructure.Storage;

/// <summary>A store opens only with the pepper that it was made with. A store that was made without one opens only without one.</summary>
internal static class PepperCheck
{
    /// <summary>What is wrong and what to do. Null if the fingerprints are the same.</summary>
    public static string? Refusal(byte[]? mine, byte[]? theirs) => (mine, theirs) switch
    {
        (null, null) => null,
        (null, _) => "this store was made with a pepper and opens only with it. Set PEPPER or PEPPER_FILE.",
        (_, null) => "this store was made without a pepper, and one cannot be added later. Unset PEPPER and PEPPER_FILE, or start a new store.",
        _ when CryptographicOperations.FixedTimeEquals(mine, theirs) => null,
        _ => "this is not the pepper that this store was made with. Set PEPPER or PEPPER_FILE to that one.",
    };

    /// <summary>The refusal to restore a backup. Null if the fingerprints are the same.</summary>
    public static string? RefusalOfBackup(byte[] mine, byte[]? theirs, string backup) => theirs switch
    {
        null => $"{backup} was made without a pepper. Unset PEPPER and PEPPER_FILE, then repeat the command.",
        _ when CryptographicOperations.FixedTimeEquals(mine, theirs) => null,
        _ => $"{backup} was made with another pepper. Set PEPPER or PEPPER_FILE to the pepper of the backup, then repeat the command.",
    };
}
