using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.TestHarness;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>A large value that has no room in memory stays in the database.</summary>
[NonParallelizable] // Measures the memory that the process allocates.
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class UnreadValueTests(StoreKind kind)
{
    private const int ValueBytes = 1 << 20;
    private const int Reads = 50;

    [Test]
    public async Task A_large_value_is_not_read_if_the_budget_has_no_room()
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await TestServer.StartAsync(store);
        var entries = server.Services.GetRequiredService<IEntryStore>();
        var entry = new Entry { Database = 0, Lookup = new byte[EntryId.LookupBytes], Version = new byte[EntryVersion.Length], ExpiresAt = null, Flags = 0, Sealed = new byte[ValueBytes] };
        await entries.WriteAsync(entry, Precondition.None, TimeProvider.System.GetUtcNow());
        var read = () => entries.FindAsync(new EntryId(0, entry.Lookup), new FullBudget(), CancellationToken.None).AsTask();
        await read.Should().ThrowAsync<StoreUnavailableException>();

        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var number = 0; number < Reads; number++)
        {
            await read.Should().ThrowAsync<StoreUnavailableException>();
        }

        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(Reads * ValueBytes / 4);
        (await entries.FindAsync(new EntryId(0, entry.Lookup), IReadBudget.Unlimited, CancellationToken.None))!.Sealed.Length.Should().Be(ValueBytes);
    }

    private sealed class FullBudget : IReadBudget
    {
        public bool TryReserve(int bytes) => false;
    }
}
