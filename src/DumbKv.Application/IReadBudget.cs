namespace DumbKv.Application;

/// <summary>Bounds the memory that values take from the moment they are read until the response is sent.</summary>
public interface IReadBudget
{
    /// <summary>Admits values of any size.</summary>
    static IReadBudget Unlimited { get; } = new UnlimitedBudget();

    /// <summary>Called before a value is decrypted, and before a read-once entry is deleted.</summary>
    /// <param name="bytes">Size of the encrypted value.</param>
    /// <returns>False: too much memory is in use, and the read must fail without an effect.</returns>
    bool TryReserve(int bytes);

    private sealed class UnlimitedBudget : IReadBudget
    {
        public bool TryReserve(int bytes) => true;
    }
}
