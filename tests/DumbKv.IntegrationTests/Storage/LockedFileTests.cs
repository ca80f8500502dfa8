using System.Diagnostics;
using System.Net;
using DumbKv.TestHarness;
using Microsoft.Data.Sqlite;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>Another program keeps the SQLite file locked, for example a file manager's preview or an open shell.</summary>
public sealed class LockedFileTests
{
    [Test]
    public async Task Every_write_fails_within_seconds_however_many_wait()
    {
        await using var store = await TestStore.CreateAsync();
        await using var server = await TestServer.StartAsync(store);
        await using var other = new SqliteConnection($"Data Source={store.Location};Pooling=false");
        await other.OpenAsync();
        await using var transaction = other.BeginTransaction(deferred: false);
        var watch = Stopwatch.StartNew();

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => server.Http.PutKvAsync($$"""{"key": "{{number}}", "value": "v"}""")));
        var waited = watch.Elapsed;
        await transaction.RollbackAsync();
        using var after = await server.Http.PutKvAsync("""{"key": "0", "value": "v"}""");

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable);
        (await answers[0].DetailAsync()).Should().Be("The store is busy. Try again.");
        waited.Should().BeLessThan(TimeSpan.FromSeconds(15), "a write waits five seconds for the lock, and all writes behind it together wait as long");
        after.StatusCode.Should().Be(HttpStatusCode.OK);
    }
}
