using DumbKv.Web.Limits;

namespace DumbKv.IntegrationTests.Http;

public sealed class LargeBufferPoolTests
{
    private const int Mebibyte = 1 << 20;

    private readonly LargeBufferPool _pool = new();

    [Test]
    public void A_returned_buffer_is_zeroed_and_used_again()
    {
        var first = _pool.Rent(Mebibyte);
        first.AsSpan(0, Mebibyte).Fill(1);
        _pool.Return(first, Mebibyte);

        var second = _pool.Rent(Mebibyte - 1);

        second.Should().BeSameAs(first);
        second.AsSpan(0, Mebibyte).ContainsAnyExcept((byte)0).Should().BeFalse();
    }

    [Test]
    public void A_buffer_in_use_is_not_given_out_again()
    {
        var first = _pool.Rent(Mebibyte);

        _pool.Rent(Mebibyte).Should().NotBeSameAs(first);
    }

    [TestCase(17_000)]
    [TestCase(Mebibyte)]
    [TestCase(Mebibyte + 1)]
    [TestCase(5 * Mebibyte)]
    public void A_buffer_is_large_enough(int bytes)
    {
        _pool.Rent(bytes).Length.Should().BeGreaterThanOrEqualTo(bytes);
    }

    [Test]
    public void No_more_than_16_MiB_are_kept()
    {
        byte[][] rented = [.. Enumerable.Range(0, 20).Select(_ => _pool.Rent(Mebibyte))];
        foreach (var buffer in rented)
        {
            _pool.Return(buffer, Mebibyte);
        }

        var again = Enumerable.Range(0, 20).Select(_ => _pool.Rent(Mebibyte));

        again.Count(buffer => rented.Contains(buffer)).Should().Be(16);
    }

    [Test]
    public void A_very_large_buffer_is_zeroed_and_not_kept()
    {
        var first = _pool.Rent(5 * Mebibyte);
        first.AsSpan().Fill(1);
        _pool.Return(first, first.Length);

        first.AsSpan().ContainsAnyExcept((byte)0).Should().BeFalse();
        _pool.Rent(5 * Mebibyte).Should().NotBeSameAs(first);
    }
}
