using DumbKv.Domain.Crypto;

namespace DumbKv.Application.Maintenance;

public enum PepperChange
{
    /// <summary>Encrypts the store key, which is in clear.</summary>
    Add,

    /// <summary>Encrypts the store key with another pepper.</summary>
    Rotate,

    /// <summary>Stores the store key in clear.</summary>
    Remove,
}

/// <param name="IsChanged">False: an earlier run of the same command has done it.</param>
/// <param name="FirstPepperIsKey">The store key is the pepper with which an earlier version made the store.</param>
/// <param name="IsClean">Nothing is left of the store key as it was before in the files of the database.</param>
public sealed record PepperChangeResult(bool IsChanged, bool FirstPepperIsKey, bool IsClean);

/// <summary>Adds, replaces or removes the pepper of a store. Servers can use the store at the same time.</summary>
public interface IPepperChanger
{
    /// <param name="change">What to do.</param>
    /// <param name="pepper">PEPPER: the pepper to add, to rotate to, or to remove.</param>
    /// <param name="previous">PEPPER_PREVIOUS: the pepper to rotate from.</param>
    /// <param name="cancellationToken">Ends the wait for other users of the database. The store opens with exactly one of the two states.</param>
    Task<PepperChangeResult> ChangeAsync(PepperChange change, Pepper pepper, Pepper? previous, CancellationToken cancellationToken);
}
