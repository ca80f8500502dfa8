using System.CommandLine;
using DumbKv.Web.Tokens;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv token</c>: a new write token.</summary>
internal static class TokenCommand
{
    private const string Description = """
        Creates a write token for a client, and its hash for WRITE_TOKENS. The server needs only the hash. Nothing is stored.

          WRITE_TOKENS=hash1,hash2 dumbkv
          curl -X PUT -H 'Authorization: Bearer TOKEN' …
        """;

    public static Command Create()
    {
        var command = new Command("token", Description);
        command.SetAction(_ =>
        {
            var (token, hash) = WriteTokens.Make();
            Console.WriteLine($"Token, for the client: {token}");
            Console.WriteLine($"Hash, for WRITE_TOKENS: {hash}");
        });
        return command;
    }
}
