using System.Security.Cryptography;

namespace DumbKv.ReliabilityTests;

/// <summary>
/// The version before knows no store key: its pepper, or nothing, is the salt of every key. It refuses each store whose salt is another
/// one, instead of reading nothing and writing values that this version cannot read. <c>./test.sh --long</c> publishes it, at the commit
/// in version-before.txt.
/// </summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public sealed class VersionBeforePepperTests(StoreKind kind)
{
    private readonly string _one = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly string _other = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore()
    {
        VersionBefore.IgnoreIfMissing();
        _store = await TestStore.CreateUntouchedAsync(kind);
    }

    [TearDown]
    public async Task DeleteStore() => await (_store?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Test]
    public async Task A_new_store_with_a_pepper_is_refused()
    {
        await SetWithThisVersionAsync(_one);

        await ShouldRefuseAsync(_one, "this is not the pepper that this store was made with.");
        await ShouldRefuseAsync(string.Empty, "this store was made with a pepper and opens only with it.");
        await ShouldStillHoldAsync(_one);
    }

    [Test]
    public async Task A_new_store_without_a_pepper_is_refused()
    {
        await SetWithThisVersionAsync(string.Empty);

        await ShouldRefuseAsync(string.Empty, "this store was made with a pepper and opens only with it.");
        await ShouldRefuseAsync(_one, "this is not the pepper that this store was made with.");
        await ShouldStillHoldAsync(string.Empty);
    }

    /// <summary>A rolling update can be rolled back until the pepper is replaced.</summary>
    [Test]
    public async Task A_store_that_it_made_with_a_pepper_is_used_by_both_until_the_pepper_is_replaced()
    {
        await using (var before = await StartAsync(VersionBefore.Server!, _one))
        {
            await SetAsync(before, "a", "of the version before");
            await before.StopAsync();
        }

        await using (var now = await StartAsync(ServerProcess.Program, _one))
        {
            (await now.Http.ValueAsync("a")).Should().Be("of the version before");
            await SetAsync(now, "b", "of this version");
            await now.StopAsync();
        }

        await using (var before = await StartAsync(VersionBefore.Server!, _one))
        {
            (await before.Http.ValueAsync("a")).Should().Be("of the version before");
            (await before.Http.ValueAsync("b")).Should().Be("of this version");
            await SetAsync(before, "k", "v");
            await before.StopAsync();
        }

        var rotated = await CommandRun.WithAsync(_store, [("PEPPER", _other), ("PEPPER_PREVIOUS", _one)], "pepper", "rotate");
        rotated.ExitCode.Should().Be(0, rotated.Output);
        await ShouldRefuseAsync(_one, "this is not the pepper that this store was made with.");
        await ShouldRefuseAsync(_other, "this is not the pepper that this store was made with.");
        await ShouldStillHoldAsync(_other);

        var removed = await CommandRun.WithAsync(_store, [("PEPPER", _other)], "pepper", "remove");
        removed.ExitCode.Should().Be(0, removed.Output);
        await ShouldRefuseAsync(string.Empty, "this store was made with a pepper and opens only with it.");
        await ShouldStillHoldAsync(string.Empty);
    }

    [Test]
    public async Task A_store_that_it_made_without_a_pepper_is_used_by_both()
    {
        await using (var before = await StartAsync(VersionBefore.Server!, string.Empty))
        {
            await SetAsync(before, "k", "v");
            await before.StopAsync();
        }

        await ShouldStillHoldAsync(string.Empty);
        await using var again = await StartAsync(VersionBefore.Server!, string.Empty);
        (await again.Http.ValueAsync("k")).Should().Be("v");
    }

    private async Task SetWithThisVersionAsync(string pepper)
    {
        await using var server = await StartAsync(ServerProcess.Program, pepper);
        await SetAsync(server, "k", "v");
        await server.StopAsync();
    }

    private static async Task SetAsync(ServerProcess server, string key, string value)
    {
        using var set = await server.Http.PutKvAsync($$"""{"key": "{{key}}", "value": "{{value}}"}""");
        set.EnsureSuccessStatusCode();
    }

    private async Task ShouldStillHoldAsync(string pepper)
    {
        await using var server = await StartAsync(ServerProcess.Program, pepper);
        (await server.Http.ValueAsync("k")).Should().Be("v");
        await server.StopAsync();
    }

    private async Task ShouldRefuseAsync(string pepper, string sentence)
    {
        await using var server = Launch(VersionBefore.Server!, pepper, ("LOG_LEVEL", "Warning"));

        (await server.ExitCodeAsync()).Should().Be(2, server.Output);
        server.Output.Should().StartWith($"PEPPER: {sentence}").And.NotContain("\n", "it is one line").And.NotContain("   at ");
    }

    private async Task<ServerProcess> StartAsync(string program, string pepper)
    {
        var server = Launch(program, pepper);
        await server.WaitUntilListeningAsync();
        await server.WaitUntilReadyAsync();
        return server;
    }

    private ServerProcess Launch(string program, string pepper, params (string Name, string Value)[] settings)
    {
        var environment = _store.Settings;
        environment["PEPPER"] = pepper;
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        return ServerProcess.Run(["dotnet", program], _store.Folder, environment);
    }
}
