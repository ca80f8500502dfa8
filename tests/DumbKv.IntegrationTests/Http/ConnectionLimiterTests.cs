using System.Net;
using DumbKv.Web.Limits;
using Microsoft.Extensions.Time.Testing;

namespace DumbKv.IntegrationTests.Http;

public sealed class ConnectionLimiterTests
{
    private const int Max = 8;
    private const int Share = Max / ConnectionLimiter.ShareOfClient;

    private readonly FakeTimeProvider _time = new();
    private ConnectionLimiter _limiter = null!;

    [SetUp]
    public void CreateLimiter() => _limiter = new(Max, address => address.Equals(IPAddress.Parse("192.0.2.99")), _time);

    [Test]
    public void An_address_has_a_quarter_of_the_connections()
    {
        for (var connection = 0; connection < Share; connection++)
        {
            Add("192.0.2.1").Evicted.Should().BeNull();
        }

        Add("192.0.2.1").Evicted.Should().NotBeNull();
        Add("192.0.2.2").Evicted.Should().BeNull();
    }

    [Test]
    public void The_longest_idle_connection_makes_room()
    {
        var first = Add("192.0.2.1").Admitted!;
        var second = Add("192.0.2.1").Admitted!;
        Use(first);

        var next = Add("192.0.2.1");

        next.Admitted.Should().NotBeNull();
        next.Evicted.Should().BeSameAs(second);
    }

    [Test]
    public void An_address_at_its_limit_replaces_a_hundred_connections_per_second_and_more_are_refused()
    {
        Add("192.0.2.1");
        Add("192.0.2.1");

        for (var second = 0; second < 2; second++)
        {
            for (var connection = 0; connection < 100; connection++)
            {
                Add("192.0.2.1").Evicted.Should().NotBeNull();
            }

            Add("192.0.2.1").Should().Be((null, null));
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Test]
    public void A_flood_of_one_address_does_not_count_for_another()
    {
        for (var connection = 0; connection < 1_000; connection++)
        {
            Add("192.0.2.1");
        }

        Add("192.0.2.2").Evicted.Should().BeNull();
        Add("192.0.2.2").Evicted.Should().BeNull();
        Add("192.0.2.2").Evicted.Should().NotBeNull();
    }

    [Test]
    public void A_request_in_progress_keeps_its_connection_and_the_new_one_is_refused()
    {
        var busy = Fill("192.0.2.1", Share);

        Add("192.0.2.1").Should().Be((null, null));

        busy[0].EndRequest();
        Add("192.0.2.1").Evicted.Should().BeSameAs(busy[0]);
    }

    [Test]
    public void A_full_server_closes_the_longest_idle_of_all_and_refuses_where_none_is_idle()
    {
        for (var client = 1; client < Max / Share; client++)
        {
            Fill($"192.0.2.{client}", Share);
        }

        var idle = Add("192.0.2.50").Admitted!;
        Fill("192.0.2.51", Share - 1);

        var next = Add("192.0.2.60");
        next.Evicted.Should().BeSameAs(idle);
        next.Admitted!.TryBeginRequest().Should().BeTrue();

        Add("192.0.2.61").Should().Be((null, null));
    }

    [Test]
    public void A_request_on_a_connection_that_was_closed_for_another_has_no_effect()
    {
        var old = Fill("192.0.2.1", Share);
        old.ForEach(connection => connection.EndRequest());

        var evicted = Add("192.0.2.1").Evicted!;

        evicted.TryBeginRequest().Should().BeFalse();
    }

    [Test]
    public void A_connection_that_ends_makes_room()
    {
        var busy = Fill("192.0.2.1", Share);

        _limiter.Remove(busy[0]);
        _limiter.Remove(busy[0]);

        Add("192.0.2.1").Evicted.Should().BeNull();
        Add("192.0.2.1").Evicted.Should().NotBeNull("the same connection makes room once");
    }

    [Test]
    public void An_IPv6_network_of_64_bits_counts_as_one_address()
    {
        Fill("2001:db8:1:2::1", 1);
        Fill("2001:db8:1:2:ffff::9", Share - 1);

        Add("2001:db8:1:2::5").Should().Be((null, null));
        Add("2001:db8:1:3::1").Admitted.Should().NotBeNull();
    }

    [Test]
    public void An_IPv4_address_is_the_same_on_a_socket_for_both_versions()
    {
        Fill("192.0.2.1", Share);

        Add("::ffff:192.0.2.1").Should().Be((null, null));
    }

    [TestCase("192.0.2.99")]
    [TestCase("::ffff:192.0.2.99")]
    [TestCase(null)]
    public void A_trusted_proxy_and_a_unix_socket_count_in_all_only(string? address)
    {
        Fill(address, Max);

        Add(address).Should().Be((null, null));
        Add("192.0.2.1").Should().Be((null, null));
    }

    private List<LimitedConnection> Fill(string? address, int count)
    {
        var connections = Enumerable.Range(0, count).Select(_ => Add(address).Admitted!).ToList();
        connections.ForEach(connection => connection.TryBeginRequest().Should().BeTrue());
        return connections;
    }

    private (LimitedConnection? Admitted, LimitedConnection? Evicted) Add(string? address)
    {
        var admitted = _limiter.TryAdd(address is null ? null : IPAddress.Parse(address), () => { }, out var evicted);
        return (admitted, evicted);
    }

    private static void Use(LimitedConnection connection)
    {
        connection.TryBeginRequest().Should().BeTrue();
        connection.EndRequest();
    }
}
