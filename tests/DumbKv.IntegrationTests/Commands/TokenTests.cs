using System.Security.Cryptography;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Commands;

public sealed class TokenTests
{
    [Test]
    public async Task A_token_is_printed_with_the_hash_for_the_setting()
    {
        await using var store = await TestStore.CreateAsync();

        var first = await MakeAsync(store);
        var second = await MakeAsync(store);

        first.Hash.Should().Be(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(first.Token))));
        first.Token.Should().HaveLength(43).And.NotBe(second.Token);
        Directory.EnumerateFileSystemEntries(store.Folder).Should().BeEmpty("nothing is stored");
    }

    private static async Task<(string Token, string Hash)> MakeAsync(TestStore store)
    {
        await using var program = ServerProcess.Launch(store.Folder, [], "token");
        (await program.ExitCodeAsync()).Should().Be(0);
        var lines = program.Output.Split('\n');
        lines[0].Should().StartWith("Token, for the client: ");
        lines[1].Should().StartWith("Hash, for WRITE_TOKENS: ");
        return (lines[0].Split(": ")[1], lines[1].Split(": ")[1]);
    }
}
