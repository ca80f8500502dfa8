using System.Security.Cryptography;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Processes;

/// <summary>A store records its pepper, or that it has none.</summary>
public sealed class PepperTests
{
    private const string Pepper = "MDEyMzQ1Njc4OWFiY2RlZg==";
    private const string OtherPepper = "ZmVkY2JhOTg3NjU0MzIxMA==";

    private TestStore _store = null!;

    [SetUp]
    public async Task CreateStore() => _store = await TestStore.CreateAsync();

    [TearDown]
    public async Task DeleteStore() => await _store.DisposeAsync();

    [TestCase(Pepper, OtherPepper, "PEPPER: this is not the pepper of this store.")]
    [TestCase(Pepper, "", "PEPPER: this store has a pepper and opens only with it.")]
    [TestCase("", Pepper, "PEPPER: this store has no pepper yet. Run dumbkv pepper add")]
    public async Task A_start_with_another_pepper_is_refused(string made, string now, string expected)
    {
        await using (var first = await ServerProcess.StartAsync(_store.Folder, ("PEPPER", made)))
        {
            await first.StopAsync();
        }

        await using var second = ServerProcess.Launch(_store.Folder, [new("PEPPER", now), new("LOG_LEVEL", "Warning")]);

        (await second.ExitCodeAsync()).Should().Be(2);
        second.Output.Should().StartWith(expected).And.NotContain("\n").And.NotContain(Pepper).And.NotContain(OtherPepper);
    }

    [Test]
    public async Task Values_read_back_with_the_same_pepper_from_a_file()
    {
        var file = Path.Combine(_store.Folder, "pepper");
        await File.WriteAllTextAsync(file, Pepper + "\n");
        await using (var first = await ServerProcess.StartAsync(_store.Folder, ("PEPPER", Pepper)))
        {
            await first.Http.PutKvAsync("""{"key": "k", "value": "v"}""");
            await first.StopAsync();
        }

        await using var second = await ServerProcess.StartAsync(_store.Folder, ("PEPPER_FILE", file));

        (await second.Http.ValueAsync("k")).Should().Be("v");
    }

    [Test]
    public async Task A_pepper_that_is_text_and_a_rotation_that_is_not_finished_are_warnings()
    {
        var random = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        await using (var first = await ServerProcess.StartAsync(_store.Folder, ("PEPPER", Pepper)))
        {
            first.Output.Should().Contain("PEPPER consists of printable characters, so it is probably not random.").And.NotContain(Pepper);
            await first.StopAsync();
        }

        await using var second = await ServerProcess.StartAsync(_store.Folder, ("PEPPER", random), ("PEPPER_PREVIOUS", Pepper));

        second.Output.Should().Contain("The store is still encrypted with PEPPER_PREVIOUS. When every server has both peppers, run: dumbkv pepper rotate")
            .And.NotContain("printable").And.NotContain(Pepper).And.NotContain(random);
    }
}
