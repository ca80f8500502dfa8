using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Web.Limits;
using Microsoft.AspNetCore.Http;

namespace DumbKv.IntegrationTests.Http;

public sealed class LargeBodyBudgetTests
{
    private const int Budget = 16 << 20;

    private readonly LargeBodyBudget _budget = new(EntryLimits.Default, new LargeBufferPool());

    [Test]
    public void The_budget_is_shared_by_all_bodies_to_the_byte()
    {
        using var first = _budget.ForRequest(new DefaultHttpContext());
        using var second = _budget.ForRequest(new DefaultHttpContext());

        first.TryReserve(Budget - 1).Should().BeTrue();
        second.TryReserve(2).Should().BeFalse();
        second.TryReserve(1).Should().BeTrue();
    }

    [Test]
    public void A_body_that_grows_reserves_the_difference_and_releases_all()
    {
        using (var body = _budget.ForRequest(new DefaultHttpContext()))
        {
            body.TryReserve(1).Should().BeTrue();
            body.TryReserve(Budget).Should().BeTrue();
            body.TryReserve(1).Should().BeTrue();
        }

        using var next = _budget.ForRequest(new DefaultHttpContext());
        next.TryReserve(Budget).Should().BeTrue();
    }

    [Test]
    public void A_form_counts_six_times_and_the_largest_one_fits()
    {
        var http = new DefaultHttpContext();
        http.Request.ContentType = "application/x-www-form-urlencoded";
        using var form = _budget.ForRequest(http);
        using var other = _budget.ForRequest(new DefaultHttpContext());

        form.TryReserve(1 << 20).Should().BeTrue();
        other.TryReserve(Budget - (6 << 20) + 1).Should().BeFalse();
        form.TryReserve(6L * (1 << 20)).Should().BeTrue("a form with the largest value, each byte as %41, is not larger than the budget when it is alone");
    }

    [Test]
    public void A_form_that_is_sent_to_the_API_counts_once()
    {
        var http = new DefaultHttpContext();
        http.Request.Path = "/kv";
        http.Request.ContentType = "multipart/form-data; boundary=b";
        using var form = _budget.ForRequest(http);
        using var other = _budget.ForRequest(new DefaultHttpContext());

        form.TryReserve(1 << 20).Should().BeTrue();
        other.TryReserve(Budget - (1 << 20)).Should().BeTrue();
    }

    [Test]
    public void A_response_reserves_before_its_value_is_read()
    {
        var read = _budget.ForResponse(new DefaultHttpContext());
        using var body = _budget.ForRequest(new DefaultHttpContext());
        body.TryReserve(Budget).Should().BeTrue();

        var reserve = () => read.Reserve(IReadBudget.UncountedBytes + 1);

        reserve.Should().Throw<StoreUnavailableException>().WithMessage("The server is busy with large values. Try again in a moment.");
    }
}
