using System.CommandLine;
using System.Globalization;
using DumbKv.Web.Configuration;
using DumbKv.Web.Tokens;

namespace DumbKv.Web.Commands;

/// <summary><c>dumbkv token</c>: a new token. <c>dumbkv token check</c>: what a token may do.</summary>
internal static class TokenCommand
{
    private const string Description = """
        Creates a token for a client. The server needs only its hash. Nothing is stored, and the token is not shown again.

        With a name and rights, for a file that the server reads again when it changes:
          dumbkv token --name ci --may write --databases 0-9 --expires 90d
          TOKENS_FILE=tokens.json dumbkv

        Without options, a hash for WRITE_TOKENS. Such a token can set and delete in all databases:
          WRITE_TOKENS=hash1,hash2 dumbkv

        A client sends the token with each request:
          curl -X PUT -H 'Authorization: Bearer TOKEN' …
        """;

    private const string CheckDescription = """
        Reads a token from standard input and says what it may do, by TOKENS_FILE and WRITE_TOKENS:
          TOKENS_FILE=tokens.json dumbkv token check < token.txt

        Exit codes: 0 the token is valid, 1 it is unknown or has expired, 2 wrong argument, setting or file.
        """;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private const int MaxDays = 36_500;

    private static readonly Option<string> NameOption = new("--name") { Description = "the name of the token, for the audit log and the metrics", HelpName = "NAME" };

    private static readonly Option<string> May = new("--may") { Description = "the rights: read, write or read,write. read is get and peek, write is set and delete", HelpName = "RIGHTS" };

    private static readonly Option<string> Databases = new("--databases") { Description = "the databases, like 0-9,42. Default: all", HelpName = "RANGES" };

    private static readonly Option<string> Expires = new("--expires") { Description = "when it expires: 90d, 12h or a time like 2027-01-01T00:00:00Z. Default: never", HelpName = "TIME" };

    public static Command Create()
    {
        var command = new Command("token", Description) { NameOption, May, Databases, Expires };
        command.SetAction(Run);

        var check = new Command("check", CheckDescription);
        check.SetAction((_, cancellationToken) => CommandRunner.RunAsync(settings => CheckAsync(ServerSettings.ReadTokens(settings), cancellationToken)));
        command.Subcommands.Add(check);
        return command;
    }

    private static int Run(ParseResult call)
    {
        var (token, hash) = AccessToken.Make();
        if (call.GetValue(NameOption) is null && call.GetValue(May) is null && call.GetValue(Databases) is null && call.GetValue(Expires) is null)
        {
            Console.WriteLine($"Token, for the client: {token}");
            Console.WriteLine($"Hash, for WRITE_TOKENS: {hash}");
            return 0;
        }

        if (!TryMakeEntry(call, hash, TimeProvider.System.GetUtcNow(), out var text))
        {
            return CommandRunner.Fail(text, ExitCodes.WrongUsage);
        }

        Console.WriteLine($"Token, for the client: {token}");
        Console.WriteLine($"Entry, for TOKENS_FILE: {text}");
        return 0;
    }

    /// <param name="call">The options.</param>
    /// <param name="hash">The hash of the token.</param>
    /// <param name="now">The current time.</param>
    /// <param name="text">The entry, or what is wrong with the options.</param>
    private static bool TryMakeEntry(ParseResult call, string hash, DateTimeOffset now, out string text)
    {
        var (name, rights, databases, expires) = (call.GetValue(NameOption), call.GetValue(May), call.GetValue(Databases), call.GetValue(Expires));
        var (until, may) = (default(DateTimeOffset), rights is null ? null : TokenRightNames.Parse(rights.Split(',')));
        text = name is null ? "--name is missing. A token with rights needs a name, like --name ci"
            : !TokensFile.IsName(name) ? $"--name {TokensFile.NameRule}, and not a hash."
            : rights is null ? "--may is missing. Write --may read, --may write or --may read,write"
            : may is null ? "--may must be read, write or read,write."
            : databases is not null && !DatabaseRanges.TryParse(databases, out _) ? $"--databases {DatabaseRanges.Rule}."
            : expires is not null && !TryParseExpiry(expires, now, out until) ? "--expires must be a number of days or hours in the future, like 90d or 12h, or a time like 2027-01-01T00:00:00Z."
            : string.Empty;
        if (text.Length > 0)
        {
            return false;
        }

        text = $$"""{"name": "{{name}}", "sha256": "{{hash}}", "may": [{{string.Join(", ", TokenRightNames.Of(may!.Value).Select(right => $"\"{right}\""))}}]"""
            + (databases is null ? "" : $", \"databases\": \"{databases}\"")
            + (expires is null ? "" : $", \"expires\": \"{Format(until)}\"")
            + "}";
        return true;
    }

    private static bool TryParseExpiry(string text, DateTimeOffset now, out DateTimeOffset expires)
    {
        if (TokensFile.TryParseTime(text, out expires))
        {
            return expires > now;
        }

        var hours = text.EndsWith('d') ? 24 : text.EndsWith('h') ? 1 : 0;
        var isValid = hours > 0 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= MaxDays * 24 / hours
            && (hours *= number) > 0;
        expires = now.AddHours(hours);
        return isValid;
    }

    private static async Task<int> CheckAsync(TokenStore tokens, CancellationToken cancellationToken)
    {
        if (!tokens.IsConfigured)
        {
            return CommandRunner.Fail("TOKENS_FILE and WRITE_TOKENS are not set, so the server needs no token.", ExitCodes.WrongUsage);
        }

        if ((await Console.In.ReadLineAsync(cancellationToken))?.Trim() is not { Length: > 0 } text)
        {
            return CommandRunner.Fail("There is no token on standard input. Write: dumbkv token check < token.txt", ExitCodes.WrongUsage);
        }

        if (tokens.Find(AccessToken.HashOf(text)) is not { } token)
        {
            return CommandRunner.Fail("The token is neither in TOKENS_FILE nor in WRITE_TOKENS, so the server refuses it.");
        }

        if (token.IsExpired(TimeProvider.System.GetUtcNow()))
        {
            return CommandRunner.Fail($"The token {token.Name} expired at {Format(token.Expires!.Value)}, so the server refuses it.");
        }

        Console.WriteLine(
            $"The token {token.Name} may {string.Join(" and ", TokenRightNames.Of(token.Rights))} in {(token.Databases is { } databases ? $"the databases {databases}" : "all databases")}, "
            + (token.Expires is { } expires ? $"until {Format(expires)}." : "and does not expire."));
        return 0;
    }

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
