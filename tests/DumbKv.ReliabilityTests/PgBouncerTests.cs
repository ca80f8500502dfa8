using System.Net;
using Npgsql;

namespace DumbKv.ReliabilityTests;

/// <summary>Behind a pooler that assigns a connection for one transaction.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class PgBouncerTests(StoreKind kind)
{
    private const int Callers = 60;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task A_failed_transaction_leaves_nothing_on_the_connections_of_the_pooler()
    {
        kind.Should().Be(StoreKind.Postgres);
        await using var postgres = await Postgres.StartAsync();
        await using var bouncer = await PgBouncer.StartAsync(postgres);
        await using var server = await ServerProcess.StartAsync(_folder.FullName, Postgres.Settings(bouncer.Location));
        await postgres.ExecuteAsync("ALTER TABLE entries ADD CHECK (database_id <> 7)");
        await server.Http.PutKvAsync("""{"key": "locked", "value": "v"}""");

        // Statements that the database refuses, and a row that stays locked.
        await using var other = new NpgsqlConnection($"{postgres.ConnectionString()};Pooling=false");
        await other.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("SELECT 1 FROM entries FOR UPDATE", other, transaction);
        await hold.ExecuteScalarAsync();
        var locked = server.Http.PutKvAsync("""{"key": "locked", "value": "w", "overwrite": true}""");
        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller =>
            server.Http.PutKvAsync($$"""{"database": {{(IsRefused(caller) ? 7 : 0)}}, "key": "{{caller}}", "value": "v"}""")));
        using var afterWait = await locked;
        await transaction.RollbackAsync();

        answers.Select(answer => answer.StatusCode).Should().Equal(
            Enumerable.Range(0, Callers).Select(caller => IsRefused(caller) ? HttpStatusCode.InternalServerError : HttpStatusCode.OK));
        afterWait.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await postgres.ExecuteAsync("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")).Should().Be(0L);
        var lockTimeouts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bouncer.ExecuteAsync("SELECT current_setting('lock_timeout') FROM pg_sleep(0.05)")));
        lockTimeouts.Should().OnlyContain(value => value as string == "0");

        // The database closes connections behind the pooler.
        await postgres.ExecuteAsync($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'dumbkv' AND pid <> pg_backend_pid()");
        await Eventually.HoldsAsync(async () => await postgres.ExecuteAsync("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dumbkv'") is 0L);
        using var after = await server.Http.PutKvAsync("""{"key": "after", "value": "v"}""");
        after.StatusCode.Should().Be(HttpStatusCode.OK);

        static bool IsRefused(int caller) => caller % 4 == 3;
    }
}
