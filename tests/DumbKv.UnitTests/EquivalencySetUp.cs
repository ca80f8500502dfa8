using FluentAssertions;

namespace DumbKv.UnitTests;

/// <summary>Equivalent entries have the same bytes. Without this, memory is compared by its reference.</summary>
[SetUpFixture]
public sealed class EquivalencySetUp
{
    [OneTimeSetUp]
    public void CompareMemoryByItsBytes() => AssertionOptions.AssertEquivalencyUsing(options => options
        .Using<Memory<byte>>(context => context.Subject.ToArray().Should().Equal(context.Expectation.ToArray()))
        .WhenTypeIs<Memory<byte>>());
}
