using DumbKv.Domain.Crypto;

namespace DumbKv.Infrastructure.Storage;

/// <summary>What is wrong between a store and the pepper that is set, as one sentence with what to do.</summary>
internal static class PepperCheck
{
    /// <summary>For a start, a check and the commands. Null if there is no fault.</summary>
    public static string? Refusal(StoredKeyFault fault) => fault switch
    {
        StoredKeyFault.None => null,
        StoredKeyFault.PepperMissing => "this store has a pepper and opens only with it. Set PEPPER or PEPPER_FILE.",
        StoredKeyFault.PepperWrong => "this is not the pepper of this store. Set PEPPER or PEPPER_FILE to its pepper, or PEPPER_PREVIOUS while the pepper is being rotated.",
        StoredKeyFault.NotEncrypted => "this store has no pepper yet. Run dumbkv pepper add, or unset PEPPER and PEPPER_FILE.",
        StoredKeyFault.CannotHavePepper =>
            "an earlier version made this store without a pepper, and one cannot be added to it. Unset PEPPER and PEPPER_FILE, or start a new store and set the values again.",
        _ => "this is the pepper of this store, and the store key that it encrypts was altered in the database. Restore a backup.",
    };

    /// <summary>The refusal to restore a backup. Null if there is no fault.</summary>
    public static string? RefusalOfBackup(StoredKeyFault fault, string backup) => fault switch
    {
        StoredKeyFault.None => null,
        StoredKeyFault.NotEncrypted or StoredKeyFault.CannotHavePepper => $"{backup} has no pepper. Unset PEPPER and PEPPER_FILE, then repeat the command.",
        StoredKeyFault.Damaged => $"the store key in {backup} was altered. Name another backup.",
        _ => $"{backup} has another pepper. Set PEPPER or PEPPER_FILE to the pepper of the backup, then repeat the command.",
    };
}
