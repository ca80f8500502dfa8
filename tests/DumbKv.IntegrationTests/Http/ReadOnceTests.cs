using System.Net;
using System.Text;
using System.Text.Json;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.TestHarness;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.IntegrationTests.Http;

/// <summary>A read-once value that changes between its read and its consumption.</summary>
public sealed class ReadOnceTests(StoreKind kind) : ServerTests(kind)
{
    private const string Key = """{"key": "k"}""";

    // A counted miss would make the next read 429.
    protected override (string Name, string Value)[] Settings => [("MISSES_PER_MINUTE", "1")];

    [Test]
    public async Task A_value_that_always_exists_is_never_404_while_it_is_replaced()
    {
        var statuses = new List<HttpStatusCode>();
        for (var round = 0; round < 100; round++)
        {
            await SetAsync($"{round}");

            // One read consumes at most one value, and each of these sets stores another one.
            var sets = SetManyAsync(round);
            using var read = await Http.PostKvAsync(Key);
            statuses.Add(read.StatusCode);
            await sets;
        }

        statuses.Should().OnlyContain(status => status == HttpStatusCode.OK || status == HttpStatusCode.ServiceUnavailable);

        async Task SetManyAsync(int round)
        {
            for (var replacement = 0; replacement < 4; replacement++)
            {
                await SetAsync($"{round} {replacement}");
            }
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_read_that_was_overtaken_by_a_set_returns_the_newer_value(int overtaken)
    {
        await SetAsync("0");
        var store = new MeddlingStore(EntryStore, async read =>
        {
            if (read <= overtaken)
            {
                await SetAsync($"{read}");
            }
        });

        var result = await GetAsync(store);

        result.Outcome.Should().Be(GetOutcome.Found);
        Encoding.UTF8.GetString(result.Value.Span).Should().Be($"{overtaken}");
        result.Once.Should().BeTrue();
        (await Http.PostKvAsync(Key)).StatusCode.Should().Be(HttpStatusCode.Gone, "the read consumed the value");
    }

    [Test]
    public async Task A_read_that_was_overtaken_three_times_is_unavailable_and_keeps_the_value()
    {
        await SetAsync("0");
        var store = new MeddlingStore(EntryStore, read => SetAsync($"{read}"));

        var get = () => GetAsync(store);

        (await get.Should().ThrowAsync<StoreUnavailableException>()).Which.Message.Should().Be("The value was replaced several times during this read. Try again in a moment.");
        store.Reads.Should().Be(3);
        (await Http.ValueAsync("k")).Should().Be("3");
    }

    [Test]
    public async Task A_read_that_was_overtaken_by_another_read_reports_it()
    {
        await SetAsync("0");
        var store = new MeddlingStore(EntryStore, async read =>
        {
            if (read == 1)
            {
                (await Http.ValueAsync("k")).Should().Be("0");
            }
        });

        var result = await GetAsync(store);

        result.Outcome.Should().Be(GetOutcome.AlreadyRead);
        store.Reads.Should().Be(2);
    }

    [Test]
    public async Task A_read_that_was_overtaken_reserves_the_memory_of_one_value()
    {
        await SetAsync("0");
        var store = new MeddlingStore(EntryStore, async read =>
        {
            if (read <= 2)
            {
                await SetAsync(new string('x', IReadBudget.UncountedBytes + read));
            }
        });
        var budget = new CountingBudget();

        await GetAsync(store, budget);

        budget.Reserved.Should().Equal(Enumerable.Range(1, 2).Select(read => IReadBudget.UncountedBytes + read + 16), "the value counts with its tag, and small values do not count");
    }

    private IEntryStore EntryStore => Server.Services.GetRequiredService<IEntryStore>();

    private async Task SetAsync(string value) =>
        (await Http.PutKvAsync(JsonSerializer.Serialize(new { key = "k", value, once = true, overwrite = true }))).EnsureSuccessStatusCode();

    private async Task<GetResult> GetAsync(IEntryStore store, IReadBudget? budget = null)
    {
        SecretKey.TryCreate("k", out var key).Should().BeTrue();
        var handler = ActivatorUtilities.CreateInstance<GetEntryHandler>(Server.Services, store);
        return await handler.HandleAsync(new GetEntry(0, key!), IAuditTrail.None, budget ?? IReadBudget.Unlimited, CancellationToken.None);
    }

    private sealed class CountingBudget : IReadBudget
    {
        public List<int> Reserved { get; } = [];

        public bool TryReserve(int bytes)
        {
            Reserved.Add(bytes);
            return true;
        }
    }

    /// <summary>The real store, with an action after each read, before the reader gets its result.</summary>
    private sealed class MeddlingStore(IEntryStore store, Func<int, Task> afterRead) : IEntryStore
    {
        public int Reads { get; private set; }

        public void ThrowIfNotReady() => store.ThrowIfNotReady();

        public async ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken)
        {
            var entry = await store.FindAsync(id, budget, cancellationToken);
            await afterRead(++Reads);
            return entry;
        }

        public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now) => store.WriteAsync(entry, condition, now);

        public ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now) => store.ConsumeAsync(receipt, read, now);

        public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => store.DeleteAsync(id, condition, now);
    }
}
