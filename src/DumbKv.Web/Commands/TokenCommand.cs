using System.CommandLine;
using DumbKv.Web.Tokens;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv token</c>: a new write token.</summary>
internal static class TokenCommand
{
    private const string Description = """
        Makes a write token for its holder, and its hash for WRITE_TOKENS. Nothing is stored, and the server needs only the hash.

          WRITE_TOKENS=hash1,hash2 dumbkv
          curl -X PUT -H 'Authorization: Bearer TOKEN' …
        """;

    public static Command Create()
    {
        var command = new Command("token", Description);
        command.SetAction(_ =>
        {
            var (token, hash) = WriteTokens.Make();
            Console.WriteLine($"Token, for its holder: {token}");
            Console.WriteLine($"Hash, for WRITE_TOKENS: {hash}");
        });
        return command;
    }
}
