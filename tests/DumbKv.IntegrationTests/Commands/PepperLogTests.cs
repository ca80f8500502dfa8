using System.Diagnostics;
using System.Security.Cryptography;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

/// <summary>
/// PostgreSQL's write-ahead log has the clear store key of a store that was made without a pepper. Only PostgreSQL's administrator can
/// remove it.
/// </summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.PostgresOnly))]
public sealed class PepperLogTests
{
    public PepperLogTests(StoreKind kind) => kind.Should().Be(StoreKind.Postgres);

    [Test]
    public async Task The_commands_of_the_admin_page_remove_the_clear_store_key_from_the_log()
    {
        if (LocalPostgres.FindBinaries() is not { } binaries)
        {
            Assert.Ignore("Needs PostgreSQL's own binaries on this machine, to read its files.");
            return;
        }

        await using var cluster = await LocalPostgres.StartAsync(binaries, "-c", "fsync=off");
        await using var store = TestStore.In(cluster.ConnectionString());
        await using (await TestServer.StartAsync(store))
        {
        }

        var key = (byte[])(await store.ExecuteAsync("SELECT store_key FROM store"))!;
        (await CommandRun.WithAsync(store, [("PEPPER", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)))], "pepper", "add")).ShouldSucceed();
        var data = (string)(await store.ExecuteAsync("SHOW data_directory"))!;
        FilesWith(data, key).Should().Equal(["pg_wal"], "the documents say so");

        var commands = Documents.CommandsOf("docs/admin.md", "Add, replace or remove a pepper")[1];
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", commands]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var address = new Npgsql.NpgsqlConnectionStringBuilder(cluster.ConnectionString());
        start.Environment["PGHOST"] = address.Host;
        start.Environment["PGPORT"] = $"{address.Port}";
        start.Environment["PGUSER"] = address.Username;
        start.Environment["PGPASSWORD"] = address.Password;
        start.Environment["PGDATABASE"] = address.Database;
        start.Environment["PATH"] = $"{binaries}:{Environment.GetEnvironmentVariable("PATH")}";
        using var shell = Process.Start(start)!;
        var texts = await Task.WhenAll(shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();

        shell.ExitCode.Should().Be(0, string.Concat(texts));
        FilesWith(data, key).Should().BeEmpty();
    }

    /// <summary>The folders with a file that has these bytes.</summary>
    private static List<string> FilesWith(string data, byte[] bytes) => Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories)
        .Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0)
        .Select(file => Path.GetRelativePath(data, file).Split('/')[0])
        .Distinct()
        .ToList();
}
