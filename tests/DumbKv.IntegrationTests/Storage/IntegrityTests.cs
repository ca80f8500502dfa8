using System.Net;
using DumbKv.Infrastructure.Storage;
using DumbKv.TestHarness;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.IntegrationTests.Storage;

/// <summary>Changes in the database that are detected.</summary>
public sealed class IntegrityTests(StoreKind kind) : ServerTests(kind)
{
    [Test]
    public async Task A_row_moved_to_another_key_does_not_open()
    {
        await Http.PutKvAsync("""{"key": "mine", "value": "mine"}""");
        await Http.PutKvAsync("""{"key": "theirs", "value": "theirs"}""");

        // Exchanges the contents of the two rows, without their primary keys.
        var rows = await ReadAsync(context => context.Entries.AsNoTracking().ToListAsync());
        foreach (var (place, content) in new[] { (rows[0], rows[1]), (rows[1], rows[0]) })
        {
            await ReadAsync(context => context.Database.ExecuteSqlAsync(
                $"UPDATE entries SET version = {content.Version}, sealed = {content.Sealed.ToArray()} WHERE lookup = {place.Lookup}"));
        }

        await ShouldNotOpenAsync("mine");
        await ShouldNotOpenAsync("theirs");
    }

    [TestCase("UPDATE entries SET expires_at = expires_at + 1", TestName = "An_altered_row_does_not_open(later expiry)")]
    [TestCase("UPDATE entries SET expires_at = NULL", TestName = "An_altered_row_does_not_open(expiry removed)")]
    [TestCase("UPDATE entries SET flags = 0", TestName = "An_altered_row_does_not_open(read-once removed)")]
    [TestCase("UPDATE entries SET flags = flags + 256", TestName = "An_altered_row_does_not_open(unknown flag)")]
    [TestCase("UPDATE entries SET version = sealed", TestName = "An_altered_row_does_not_open(version of another length)")]
    [TestCase("UPDATE entries SET sealed = version", TestName = "An_altered_row_does_not_open(value too short)")]
    public async Task An_altered_row_does_not_open(string sql)
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v", "ttl": 60, "once": true}""");

        await RunAsync(sql);

        await ShouldNotOpenAsync("k");
    }

    [Test]
    public async Task Flags_beyond_32_bits_do_not_open()
    {
        // PostgreSQL does not store such a number.
        Assume.That(Store.Kind, Is.EqualTo(StoreKind.Sqlite));
        await Http.PutKvAsync("""{"key": "k", "value": "v"}""");

        await RunAsync("UPDATE entries SET flags = 4294967296");

        await ShouldNotOpenAsync("k");
    }

    [Test]
    public async Task The_row_is_sealed_under_a_lookup_of_32_bytes_and_a_version_of_12()
    {
        await Http.PutKvAsync("""{"key": "k", "value": "v"}""");

        var entry = await ReadAsync(context => context.Entries.SingleAsync());

        entry.Lookup.Should().HaveCount(32);
        entry.Version.Should().HaveCount(12);
        entry.Sealed.Length.Should().Be(1 + 16);
    }

    private async Task ShouldNotOpenAsync(string key)
    {
        using var response = await Http.PostKvAsync($$"""{"key": "{{key}}"}""");
        response.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        (await response.DetailAsync()).Should().Contain("altered or moved");
    }

    private Task<int> RunAsync(string sql) => ReadAsync(context => context.Database.ExecuteSqlRawAsync(sql));

    private async Task<TResult> ReadAsync<TResult>(Func<KvDbContext, Task<TResult>> work)
    {
        await using var context = Server.Services.GetRequiredService<IDatabase>().CreateContext();
        return await work(context);
    }
}
