namespace DumbKv.ReliabilityTests;

public sealed class TwoServersTests
{
    [Test]
    public async Task Only_one_of_two_servers_on_one_file_is_ever_ready()
    {
        await using var store = await TestStore.CreateAsync();
        var rounds = Rounds.Of(3, 25);

        for (var round = 0; round < rounds; round++)
        {
            await using var one = Launch(store);
            await using var other = Launch(store);
            var first = await Task.WhenAny(one.ExitCodeAsync(), other.ExitCodeAsync());

            (await first).Should().Be(1, "one of them should find the file in use and give up");
            var (winner, loser) = one.HasExited ? (other, one) : (one, other);
            await winner.WaitUntilListeningAsync();
            await winner.WaitUntilReadyAsync();
            loser.Output.Should().Contain("is in use").And.NotContain("The store is ready");
            winner.HasExited.Should().BeFalse();
            await winner.KillAsync();
        }

        TestContext.Out.WriteLine($"{rounds * 2} starts of two servers on one file: never two ready");
    }

    private static ServerProcess Launch(TestStore store) => ServerProcess.Launch(store.Folder, [new("LOCK_WAIT_SECONDS", "0")]);
}
