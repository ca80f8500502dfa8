using System.Text.Json;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

/// <summary><c>dumbkv copy</c>, to the other database and to the same one.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class CopyTests(StoreKind kind)
{
    private const string Pepper = "MDEyMzQ1Njc4OWFiY2RlZg==";

    private TestStore _source = null!;
    private TestStore _target = null!;

    [SetUp]
    public async Task CreateStores()
    {
        _source = await TestStore.CreateAsync();
        // A database that no server has initialized.
        _target = await TestStore.CreateUntouchedAsync(kind);
    }

    [TearDown]
    public async Task DeleteStores()
    {
        await _source.DisposeAsync();
        await _target.DisposeAsync();
    }

    [Test]
    public async Task Every_value_reads_back_after_a_copy_there_and_back()
    {
        var entries = await LegacyData.PutIntoAsync(_source);
        await using (var server = await TestServer.StartAsync(_source, ("PEPPER", Pepper)))
        {
            await server.Http.PutKvAsync("""{"key": "k", "value": "AP8=", "encoding": "base64", "once": true, "ttl": 86400}""");
            await server.Http.PutKvAsync("""{"key": "read", "value": "v", "once": true}""");
            (await server.Http.ValueAsync("read")).Should().Be("v");
        }

        await using var third = await TestStore.CreateAsync();
        var there = await CopyAsync(_source, _target);
        var back = await CopyAsync(_target, third);

        there.ExitCode.Should().Be(0, there.Output);
        back.ExitCode.Should().Be(0, back.Output);
        there.Output.Should().Contain("copying: 202 of 202\nCopied 202 entries, of which 0 were already there");
        DigestIn(back).Should().Be(DigestIn(there));
        foreach (var store in new[] { _target, third })
        {
            await using var server = await TestServer.StartAsync(store, ("PEPPER", Pepper));
            await LegacyData.ShouldAllReadBackAsync(server.Http, entries);
            using var read = await server.Http.PostKvAsync("""{"key": "read"}""");
            read.StatusCode.Should().Be(System.Net.HttpStatusCode.Gone, "receipts are copied too");
            using var once = await server.Http.PostKvAsync("""{"key": "k"}""");
            (await once.TextAsync()).Should().StartWith("""{"value":"AP8=","encoding":"base64","expires_at":"2030-02-01T12:00:00""");
        }
    }

    [Test]
    public async Task A_copy_that_was_interrupted_is_resumed()
    {
        await PutAsync(_source, "a", "b", "c");
        await CopyAsync(_source, _target);
        await _target.ExecuteAsync("DELETE FROM entries WHERE lookup = (SELECT lookup FROM entries ORDER BY lookup LIMIT 1)");

        var again = await CopyAsync(_source, _target);

        again.Output.Should().Contain("comparing: 3 of 3").And.Contain("Copied 3 entries, of which 2 were already there");
        again.ExitCode.Should().Be(0);
        await ShouldReadBackAsync(_target, "a", "b", "c");
    }

    [Test]
    public async Task Entries_of_other_keys_stay_in_the_target()
    {
        await PutAsync(_target, "mine");
        await PutAsync(_source, "yours");

        var run = await CopyAsync(_source, _target);

        run.ExitCode.Should().Be(0, run.Output);
        await ShouldReadBackAsync(_target, "mine", "yours");
    }

    [Test]
    public async Task Another_value_under_the_same_key_is_refused_and_nothing_is_written()
    {
        await PutAsync(_target, "b");
        await PutAsync(_source, "a", "b", "c");

        var run = await CopyAsync(_source, _target);

        run.ExitCode.Should().Be(1);
        run.Output.Should().EndWith("The target has other values under the keys of 1 entries. Nothing was copied. Name a new store with --to.");
        (await RowsAsync(_target)).Should().Be(1);
    }

    [Test]
    public async Task A_target_with_another_pepper_is_refused()
    {
        await PutAsync(_source, "a");
        await using (await TestServer.StartAsync(_target, ("PEPPER", Pepper)))
        {
        }

        var run = await CopyAsync(_source, _target);

        run.ExitCode.Should().Be(1);
        run.Output.Should().StartWith("The two stores were made with different peppers, or only one of them with a pepper").And.NotContain("\n");
        (await RowsAsync(_target)).Should().Be(0);
    }

    [Test]
    public async Task A_source_that_a_server_uses_or_that_holds_no_store_is_refused()
    {
        await using (await ServerProcess.StartAsync(_source.Folder))
        {
            var used = await CopyAsync(_source, _target);
            used.ExitCode.Should().Be(1);
            used.Output.Should().Contain("dumbkv.db is in use: another process still held");
        }

        await using var original = await TestStore.CreateAsync();
        await LegacyData.PutIntoAsync(original);
        var notOurs = await CopyAsync(original, _target);
        notOurs.ExitCode.Should().Be(1);
        notOurs.Output.Should().Contain("there is no DumbKV store in it. Start a server on it once");

        await using var missing = await TestStore.CreateAsync();
        var nothing = await CopyAsync(missing, _target);
        nothing.ExitCode.Should().Be(2);
        nothing.Output.Should().EndWith("does not exist.");
        File.Exists(missing.Location).Should().BeFalse();
    }

    [Test]
    public async Task A_store_is_not_copied_onto_itself()
    {
        var run = await CopyAsync(_target, _target);

        run.ExitCode.Should().Be(2);
        run.Output.Should().Be("--from and --to are the same store. Name two.");
    }

    private static Task<CommandRun> CopyAsync(TestStore from, TestStore to) => CommandRun.OnAsync(from, "copy", "--from", from.Location, "--to", to.Location);

    private static string DigestIn(CommandRun run) => run.Output[^64..];

    private static async Task<long> RowsAsync(TestStore store) => Convert.ToInt64(await store.ExecuteAsync("SELECT count(*) FROM entries"), null);

    private static async Task PutAsync(TestStore store, params string[] keys)
    {
        await using var server = await TestServer.StartAsync(store);
        foreach (var key in keys)
        {
            await server.Http.PutKvAsync(JsonSerializer.Serialize(new { key, value = $"of {key}" }));
        }
    }

    private static async Task ShouldReadBackAsync(TestStore store, params string[] keys)
    {
        await using var server = await TestServer.StartAsync(store);
        foreach (var key in keys)
        {
            (await server.Http.ValueAsync(key)).Should().Be($"of {key}");
        }
    }
}
