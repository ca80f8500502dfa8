using System.Security.Cryptography;

namespace DumbKv.ReliabilityTests;

/// <summary>
/// <c>dumbkv pepper</c> is killed before each of its writes to a SQLite file, and before and after each packet that it sends to
/// PostgreSQL.
/// </summary>
public sealed class PepperKillTests
{
    /// <summary>The exit code of a program that got SIGKILL.</summary>
    private const int Killed = 137;

    private static readonly string[] Calls = ["pwrite64", "fsync", "fdatasync", "ftruncate", "unlink"];

    private readonly string _one = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly string _other = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [TestCase("add")]
    [TestCase("rotate")]
    [TestCase("remove")]
    public async Task A_kill_on_SQLite_leaves_a_store_that_opens_with_one_of_the_two_settings(string name)
    {
        var change = ChangeOf(name);
        var outcomes = new Outcomes();
        foreach (var (journal, besideServer) in new[] { ("wal", false), ("wal", true), ("truncate", false) })
        {
            await using var made = await TestStore.CreateAsync();
            await MakeAsync(made, change, journal);
            foreach (var (call, number) in Chosen(await CallsAsync(made, change, journal, besideServer)))
            {
                await KillAsync(made, change, journal, besideServer, call, number, outcomes);
            }
        }

        outcomes.ShouldBeEnough();
        TestContext.Out.WriteLine($"SQLite, pepper {name}: {outcomes}");
    }

    [TestCase("add")]
    [TestCase("rotate")]
    [TestCase("remove")]
    public async Task A_kill_on_PostgreSQL_leaves_a_store_that_opens_with_one_of_the_two_settings(string name)
    {
        Assume.That(Stores.PostgresOnly, Is.Not.Empty);
        var change = ChangeOf(name);
        await using var store = await TestStore.CreateUntouchedAsync(StoreKind.Postgres);
        await MakeAsync(store, change, "wal");
        var packets = await PacketsAsync(store, change);
        var outcomes = new Outcomes();
        foreach (var isDelivered in new[] { false, true })
        {
            foreach (var packet in Chosen([.. Enumerable.Range(1, packets)]))
            {
                await KillAsync(store, change, packet, isDelivered, outcomes);
            }
        }

        outcomes.ShouldBeEnough();
        TestContext.Out.WriteLine($"PostgreSQL, pepper {name}, {packets} packets: {outcomes}");
    }

    /// <summary>All steps in a long run, otherwise one of them.</summary>
    private static T[] Chosen<T>(T[] steps) => Rounds.AreLong ? steps : RandomNumberGenerator.GetItems<T>(steps, 1);

    /// <summary>The calls of the command that change a file of the store or make a change durable, each with its number.</summary>
    private static async Task<(string Call, int Number)[]> CallsAsync(TestStore made, Change change, string journal, bool besideServer)
    {
        await using var store = await TestStore.CopyAsync(made.Location);
        await using var server = besideServer ? await TestServer.StartAsync(store, ("PEPPER", change.Before), ("SQLITE_JOURNAL", journal)) : null;
        var trace = Path.Combine(store.Folder, "trace");
        var run = await CommandRun.UnderAsync([.. Strace(store, trace), "-e", $"trace={string.Join(',', Calls)}"], store, [.. change.Command, ("SQLITE_JOURNAL", journal)], "pepper", change.Name);
        run.ExitCode.Should().Be(0, run.Output);

        var lines = await File.ReadAllLinesAsync(trace);
        var calls = Calls.SelectMany(call => Enumerable.Range(1, lines.Count(line => line.Contains($" {call}(", StringComparison.Ordinal))).Select(number => (call, number))).ToArray();
        calls.Should().HaveCountGreaterThan(5, "strace should see the calls");
        return calls;
    }

    private static async Task KillAsync(TestStore made, Change change, string journal, bool besideServer, string call, int number, Outcomes outcomes)
    {
        await using var store = await TestStore.CopyAsync(made.Location);
        (string, string)[] settings = [.. change.Command, ("SQLITE_JOURNAL", journal)];
        await using (var server = besideServer ? await TestServer.StartAsync(store, ("PEPPER", change.Before), ("SQLITE_JOURNAL", journal)) : null)
        {
            var run = await CommandRun.UnderAsync(
                [.. Strace(store, "/dev/null"), "-e", $"trace={call}", "-e", $"inject={call}:signal=KILL:when={number}"], store, settings, "pepper", change.Name);

            // Beside a server the number of calls can differ, because the server checkpoints too.
            run.ExitCode.Should().BeOneOf(besideServer ? [Killed, 0] : [Killed], run.Output);
            await ShouldOpenWithOneAsync(store, change, outcomes);
            if (server is not null)
            {
                (await server.Http.ValueAsync("k")).Should().Be("v");
                using var set = await server.Http.PutKvAsync("""{"key": "k", "value": "v", "overwrite": true}""");
                set.IsSuccessStatusCode.Should().BeTrue();
            }

            await ShouldFinishAsync(store, change, settings);
        }

        await ShouldBeAfterAsync(store, change);
        foreach (var file in Directory.GetFiles(store.Folder, "dumbkv.db*"))
        {
            (await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(change.StoreKeyBefore).Should().Be(-1, "{0} should hold nothing of the store key as it was before", file);
        }
    }

    /// <summary>Traces only calls on the files of the store. strace counts the calls of each thread, and one thread makes all of these.</summary>
    private static string[] Strace(TestStore store, string output) =>
        ["strace", "-f", "-qq", "-o", output, .. TestStore.Companions.SelectMany(suffix => new[] { "-P", store.Location + suffix })];

    /// <summary>The number of packets that the command sends to PostgreSQL.</summary>
    private static async Task<int> PacketsAsync(TestStore store, Change change)
    {
        using var proxy = new CuttingProxy(store.Location, at: int.MaxValue, isDelivered: true);
        var run = await CommandRun.WithAsync(store, [.. change.Command, ("DATABASE_LOCATION", proxy.Location)], "pepper", change.Name);

        run.ExitCode.Should().Be(0, run.Output);
        proxy.Packets.Should().BeGreaterThan(5);
        return proxy.Packets;
    }

    private static async Task KillAsync(TestStore store, Change change, int packet, bool isDelivered, Outcomes outcomes)
    {
        await WriteStoreRowAsync(store, change);
        using (var proxy = new CuttingProxy(store.Location, packet, isDelivered))
        {
            var environment = store.Settings;
            environment["DATABASE_LOCATION"] = proxy.Location;
            foreach (var (name, value) in change.Command)
            {
                environment[name] = value;
            }

            await using var command = ServerProcess.Launch(store.Folder, environment, "pepper", change.Name);
            await Task.WhenAny(proxy.Reached, command.ExitCodeAsync());
            proxy.Reached.IsCompleted.Should().BeTrue(command.Output);
            await command.KillAsync();
        }

        // PostgreSQL finishes the last packet that it got, and then ends the session.
        await Eventually.HoldsAsync(async () => await store.ExecuteAsync(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()") is 0L);
        await ShouldOpenWithOneAsync(store, change, outcomes);
        await ShouldFinishAsync(store, change, change.Command);
        await ShouldBeAfterAsync(store, change);
    }

    private static async Task ShouldOpenWithOneAsync(TestStore store, Change change, Outcomes outcomes)
    {
        var checks = await Task.WhenAll(
            CommandRun.WithAsync(store, [("PEPPER", change.Before)], "check"), CommandRun.WithAsync(store, [("PEPPER", change.After)], "check"));

        var opened = checks.Count(check => check.ExitCode == 0);
        opened.Should().Be(1, $"exactly one of the two settings should open the store:\n{checks[0].Output}\n\n{checks[1].Output}");
        checks.Single(check => check.ExitCode != 0).Output.Should().Contain("WRONG pepper", "the entries should be undamaged").And.Contain("ok    entries: 1");
        outcomes.Add(isChanged: checks[1].ExitCode == 0);
    }

    private static async Task ShouldFinishAsync(TestStore store, Change change, (string, string)[] settings)
    {
        var again = await CommandRun.WithAsync(store, settings, "pepper", change.Name);

        again.ExitCode.Should().Be(0, again.Output);
    }

    private static async Task ShouldBeAfterAsync(TestStore store, Change change)
    {
        await using var server = await TestServer.StartAsync(store, ("PEPPER", change.After));
        (await server.Http.ValueAsync("k")).Should().Be("v");
    }

    /// <summary>Makes a store with the pepper of before.</summary>
    private static async Task MakeAsync(TestStore store, Change change, string journal)
    {
        await using (var server = await TestServer.StartAsync(store, ("PEPPER", change.Before), ("SQLITE_JOURNAL", journal)))
        {
            using var set = await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
            set.EnsureSuccessStatusCode();
        }

        change.StoreKeyBefore = (byte[])(await store.ExecuteAsync("SELECT store_key FROM store"))!;
        change.FingerprintBefore = await store.ExecuteAsync("SELECT store_key_pepper FROM store") as byte[];
    }

    /// <summary>Sets the store back to before the change.</summary>
    private static Task<object?> WriteStoreRowAsync(TestStore store, Change change) => store.ExecuteAsync(
        $"UPDATE store SET store_key = '\\x{Convert.ToHexString(change.StoreKeyBefore)}', store_key_pepper = {(change.FingerprintBefore is { } pepper ? $"'\\x{Convert.ToHexString(pepper)}'" : "NULL")}");

    private Change ChangeOf(string name) => name switch
    {
        "add" => new(name, string.Empty, _one, [("PEPPER", _one)]),
        "rotate" => new(name, _one, _other, [("PEPPER", _other), ("PEPPER_PREVIOUS", _one)]),
        _ => new(name, _one, string.Empty, [("PEPPER", _one)]),
    };

    /// <param name="Name">The command.</param>
    /// <param name="Before">The pepper that opens the store before it. Empty: none.</param>
    /// <param name="After">The pepper that opens the store after it.</param>
    /// <param name="Command">The settings of the command.</param>
    private sealed record Change(string Name, string Before, string After, (string, string)[] Command)
    {
        public byte[] StoreKeyBefore { get; set; } = [];

        public byte[]? FingerprintBefore { get; set; }
    }

    private sealed class Outcomes
    {
        private int _before;
        private int _after;

        public void Add(bool isChanged) => (_before, _after) = isChanged ? (_before, _after + 1) : (_before + 1, _after);

        /// <summary>All steps are both before and after the change.</summary>
        public void ShouldBeEnough()
        {
            if (Rounds.AreLong)
            {
                (_before > 0 && _after > 0).Should().BeTrue($"{this}");
            }
        }

        public override string ToString() => $"{_before} kills before the change, {_after} after it";
    }
}
