using System.Diagnostics;
using FluentAssertions;

namespace DumbKv.UnitTests.Application;

public sealed class KvMetricsTests
{
    private readonly RecordedMetrics _recorded = new();

    [TearDown]
    public void DisposeMetrics() => _recorded.Dispose();

    [Test]
    public void A_batch_counts_its_writes_and_how_long_each_waited()
    {
        var now = Stopwatch.GetTimestamp();
        var minuteAgo = now - (60 * Stopwatch.Frequency);

        _recorded.Metrics.WroteBatch(2, [minuteAgo, now]);

        _recorded.Values("dumbkv.write_batch_size").Should().Equal(2);
        _recorded.Values("dumbkv.write_wait").Should().HaveCount(2);
        _recorded.Values("dumbkv.write_wait").First().Should().BeInRange(60, 120);
        _recorded.Values("dumbkv.write_wait").Last().Should().BeInRange(0, 60);
    }

    [Test]
    public void An_operation_counts_once_with_its_time_when_it_ends()
    {
        var operation = _recorded.Metrics.Start("get");
        _recorded.Operations.Should().BeEmpty();

        operation.Dispose();

        _recorded.Operations.Should().Equal("get failed");
        _recorded.Values("dumbkv.operation.duration").Should().ContainSingle().Which.Should().BeInRange(0, 60);
    }

    [Test]
    public void Counters_of_rare_events_are_exported_from_the_start()
    {
        _recorded.Values("dumbkv.integrity_failures").Should().Equal(0);
        _recorded.Values("dumbkv.swept_entries").Should().Equal(0);
    }

    [Test]
    public void A_store_without_a_limit_shows_only_its_size()
    {
        _recorded.Metrics.SetStoreSize(4_096);

        _recorded.Observe("dumbkv.store_size").Single().Value.Should().Be(4_096);
        _recorded.Observe("dumbkv.store_limit").Should().BeEmpty();
    }

    [Test]
    public void A_store_with_a_limit_shows_it()
    {
        _recorded.Metrics.SetStoreLimit(1);

        _recorded.Observe("dumbkv.store_limit").Single().Value.Should().Be(1);
    }

    [TestCase(true, 1)]
    [TestCase(false, 0)]
    public void A_store_that_lost_its_pepper_shows_it(bool isMissing, double expected)
    {
        _recorded.Metrics.SetPepperMissing(!isMissing);
        _recorded.Metrics.SetPepperMissing(isMissing);

        _recorded.Observe("dumbkv.pepper_missing").Single().Value.Should().Be(expected);
    }

    [Test]
    public void The_running_version_is_a_label()
    {
        _recorded.Observe("dumbkv.build_info").Should().ContainSingle().Which.Should().Match<RecordedMetrics.Measurement>(
            measurement => measurement.Value == 1 && measurement.Tags == "1.2.3");
    }
}
