using System.Net;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.TestHarness;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.IntegrationTests.Http;

/// <summary>MISSES_PER_MINUTE with reads at the same time: an address never has more in progress than it may still fail.</summary>
public sealed class ReadsInProgressTests
{
    private const int Limit = 60;
    private const string Stored = """{"key": "stored"}""";
    private const string Never = """{"key": "never set"}""";

    private GatedStore _gate = null!;
    private TestStore _store = null!;
    private TestServer _server = null!;

    private HttpClient Http => _server.Http;

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync();
        _server = await TestServer.StartAsync(
            _store,
            services =>
            {
                var inner = services.Single(service => service.ServiceType == typeof(IEntryStore));
                services.AddSingleton<IEntryStore>(provider => _gate = new GatedStore(Create(inner, provider)));
            },
            ("MISSES_PER_MINUTE", $"{Limit}"));
        (await Http.PutKvAsync("""{"key": "stored", "value": "v"}""")).EnsureSuccessStatusCode();
        _gate.Close();
    }

    [TearDown]
    public async Task StopServer()
    {
        _gate.Open();
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task A_burst_of_guesses_asks_the_store_no_more_often_than_the_limit_even_for_a_good_one()
    {
        var guesses = Send(Never, 2 * Limit);
        await Eventually.HoldsAsync(() => _gate.Waiting == Limit);
        var good = Send(Stored, 20);
        _gate.Open();

        var statuses = await Task.WhenAll(guesses);
        (await Task.WhenAll(good)).Should().AllBeEquivalentTo(HttpStatusCode.TooManyRequests);
        statuses.Count(status => status == HttpStatusCode.NotFound).Should().Be(Limit);
        statuses.Count(status => status == HttpStatusCode.TooManyRequests).Should().Be(Limit);
        _gate.Reads.Should().Be(Limit);
    }

    [TestCase(Limit)]
    [TestCase(Limit + 1)]
    [TestCase(3 * Limit)]
    public async Task Good_reads_at_the_same_time_all_succeed(int count)
    {
        var reads = Send(Stored, count);
        await Eventually.HoldsAsync(() => _gate.Waiting == Limit);
        _gate.Open();

        (await Task.WhenAll(reads)).Should().AllBeEquivalentTo(HttpStatusCode.OK);
        _gate.MostAtOnce.Should().Be(Limit);
    }

    [Test]
    public async Task A_read_that_waited_a_second_for_the_others_is_told_429_and_the_others_go_on()
    {
        var reads = Send(Stored, Limit);
        await Eventually.HoldsAsync(() => _gate.Waiting == Limit);
        var late = Http.PostKvAsync(Stored);

        // Its wait begins some time after it is sent.
        await Eventually.HoldsAsync(() =>
        {
            _server.Time.Advance(TimeSpan.FromMilliseconds(100));
            return late.IsCompleted;
        });

        using var refused = await late;
        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        _gate.Open();
        (await Task.WhenAll(reads)).Should().AllBeEquivalentTo(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_client_that_disconnects_takes_its_reads_in_progress_with_it()
    {
        using (var impatient = new HttpClient { BaseAddress = Http.BaseAddress })
        {
            var reads = Enumerable.Range(0, Limit + 10).Select(_ => impatient.PostKvAsync(Stored)).ToList();
            await Eventually.HoldsAsync(() => _gate.Waiting == Limit);
            impatient.CancelPendingRequests();
            await Task.WhenAll(reads).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        _gate.Open();
        await Eventually.HoldsAsync(() => _gate.Waiting == 0);
        (await Task.WhenAll(Send(Stored, Limit + 1))).Should().AllBeEquivalentTo(HttpStatusCode.OK);
    }

    [Test]
    public async Task Misses_are_forgotten_a_minute_after_the_first()
    {
        _gate.Open();
        (await Task.WhenAll(Send(Never, Limit))).Should().AllBeEquivalentTo(HttpStatusCode.NotFound);

        _server.Time.Advance(TimeSpan.FromSeconds(59));
        var before = await Task.WhenAll(Send(Stored, 1));
        _server.Time.Advance(TimeSpan.FromSeconds(1));
        var after = await Task.WhenAll(Send(Stored, 1));

        before.Should().Equal(HttpStatusCode.TooManyRequests);
        after.Should().Equal(HttpStatusCode.OK);
    }

    private List<Task<HttpStatusCode>> Send(string body, int count) => [.. Enumerable.Range(0, count).Select(async _ =>
    {
        using var response = await Http.PostKvAsync(body);
        return response.StatusCode;
    })];

    private static IEntryStore Create(ServiceDescriptor service, IServiceProvider provider) => (IEntryStore)(
        service.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, service.ImplementationType!));

    /// <summary>The real store, whose reads wait while the gate is closed.</summary>
    private sealed class GatedStore(IEntryStore store) : IEntryStore
    {
        private TaskCompletionSource _gate = Completed();
        private int _waiting;
        private int _reads;
        private int _mostAtOnce;

        public int Waiting => Volatile.Read(ref _waiting);

        public int Reads => Volatile.Read(ref _reads);

        public int MostAtOnce => Volatile.Read(ref _mostAtOnce);

        public void Close() => _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open() => _gate.TrySetResult();

        public async ValueTask<Entry?> FindAsync(EntryId id, IReadBudget budget, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            var waiting = Interlocked.Increment(ref _waiting);
            for (var most = MostAtOnce; waiting > most && Interlocked.CompareExchange(ref _mostAtOnce, waiting, most) != most; most = MostAtOnce)
            {
            }

            try
            {
                await _gate.Task;
                return await store.FindAsync(id, budget, cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        public ValueTask<bool> WriteAsync(Entry entry, Precondition condition, DateTimeOffset now) => store.WriteAsync(entry, condition, now);

        public ValueTask<bool> ConsumeAsync(Entry receipt, EntryVersion read, DateTimeOffset now) => store.ConsumeAsync(receipt, read, now);

        public ValueTask<bool> DeleteAsync(EntryId id, Precondition condition, DateTimeOffset now) => store.DeleteAsync(id, condition, now);

        private static TaskCompletionSource Completed()
        {
            var open = new TaskCompletionSource();
            open.SetResult();
            return open;
        }
    }
}
