namespace DumbKv.Application;

/// <summary>Bounds the memory that values take from the moment they are read until the response is sent.</summary>
public interface IReadBudget
{
    /// <summary>Admits values of any size.</summary>
    static IReadBudget Unlimited { get; } = new UnlimitedBudget();

    /// <summary>Values up to this size are read without a reservation: one for each possible connection fits in memory.</summary>
    const int UncountedBytes = 16 * 1024;

    /// <summary>
    /// Called before a larger value is read from the store. A second call for the same request replaces the first, because the
    /// response holds one value.
    /// </summary>
    /// <param name="bytes">Size of the encrypted value.</param>
    /// <returns>False: too much memory is in use, and the read must fail without an effect.</returns>
    bool TryReserve(int bytes);

    /// <summary>Memory for the value that <see cref="TryReserve"/> has admitted, until the response is sent. Its content is undefined.</summary>
    /// <param name="bytes">Size of the encrypted value.</param>
    Memory<byte> Allocate(int bytes) => GC.AllocateUninitializedArray<byte>(bytes);

    /// <summary>Reserves and allocates the memory for a value.</summary>
    /// <exception cref="StoreUnavailableException">Too much memory is in use.</exception>
    Memory<byte> Reserve(int bytes) => TryReserve(bytes)
        ? Allocate(bytes)
        : throw new StoreUnavailableException("The server is busy with large values. Try again in a moment.");

    private sealed class UnlimitedBudget : IReadBudget
    {
        public bool TryReserve(int bytes) => true;
    }
}
