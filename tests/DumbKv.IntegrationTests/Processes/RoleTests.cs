using DumbKv.TestHarness;
using Npgsql;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>A PostgreSQL role without the privileges that a store needs gets one line with the statement to run.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class RoleTests(StoreKind kind)
{
    [Test]
    public async Task A_role_without_the_right_to_create_tables_is_shown_the_GRANT_and_starts_after_it()
    {
        await using var store = await TestStore.CreateUntouchedAsync(kind);
        var role = $"weak_{Environment.ProcessId}_{LocalPostgres.FreePort()}";
        await store.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'hunter2'; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        var location = new NpgsqlConnectionStringBuilder(store.Location) { Username = role, Password = "hunter2" }.ConnectionString;
        try
        {
            await using (var refused = ServerProcess.Launch(store.Folder, [new("DATABASE_TYPE", "postgres"), new("DATABASE_LOCATION", location), new("LOG_LEVEL", "Warning")]))
            {
                (await refused.ExitCodeAsync()).Should().Be(2);
                refused.Output.Should().StartWith("DATABASE_LOCATION: ").And.NotContain("\n").And.NotContain("hunter2");
                refused.Output.Should().EndWith($"As the owner of the schema run: GRANT USAGE, CREATE ON SCHEMA public TO {role};");
            }

            await store.ExecuteAsync($"GRANT USAGE, CREATE ON SCHEMA public TO {role};");
            await using var server = await ServerProcess.StartAsync(store.Folder, ("DATABASE_TYPE", "postgres"), ("DATABASE_LOCATION", location));

            using var put = await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
            put.IsSuccessStatusCode.Should().BeTrue();
        }
        finally
        {
            await store.ExecuteAsync($"DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
        }
    }

    [Test]
    public async Task A_role_without_rights_on_the_tables_of_a_store_is_refused_with_what_to_do()
    {
        await using var store = await TestStore.CreateUntouchedAsync(kind);
        await using (var owner = ServerProcess.Launch(store.Folder, store.Settings))
        {
            await owner.WaitForOutputAsync("The store is ready");
            await owner.StopAsync();
        }

        var role = $"weak_{Environment.ProcessId}_{LocalPostgres.FreePort()}";
        await store.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'hunter2'");
        var location = new NpgsqlConnectionStringBuilder(store.Location) { Username = role, Password = "hunter2" }.ConnectionString;
        try
        {
            await using var refused = ServerProcess.Launch(store.Folder, [new("DATABASE_TYPE", "postgres"), new("DATABASE_LOCATION", location), new("LOG_LEVEL", "Warning")]);

            (await refused.ExitCodeAsync()).Should().Be(2);
            refused.Output.Should().StartWith("DATABASE_LOCATION: ").And.Contain("Connect as the role that owns the tables").And.NotContain("\n").And.NotContain("hunter2");
        }
        finally
        {
            await store.ExecuteAsync($"DROP ROLE {role}");
        }
    }
}
