using DumbKv.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace DumbKv.IntegrationTests;

public sealed class WarningThrottleTests
{
    [Test]
    public void A_warning_that_repeats_is_written_immediately_and_then_every_ten_seconds_with_its_count()
    {
        var time = new FakeTimeProvider();
        var throttle = new WarningThrottle(time);

        throttle.ShouldWrite(out var first).Should().BeTrue();
        throttle.ShouldWrite(out _).Should().BeFalse();
        time.Advance(TimeSpan.FromSeconds(9.9));
        throttle.ShouldWrite(out _).Should().BeFalse();
        time.Advance(TimeSpan.FromSeconds(0.1));
        throttle.ShouldWrite(out var second).Should().BeTrue();

        first.Should().Be(1);
        second.Should().Be(3);
    }
}
