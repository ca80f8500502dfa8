using System.CommandLine;
using DumbKv.Client;
using DumbKv.CommandLine.Commands;
using DumbKv.CommandLine.Configuration;
using DumbKv.CommandLine.Output;
using DumbKv.CommandLine.Secrets;

namespace DumbKv.CommandLine.Entries;

/// <summary>Finds the entry that the arguments of a command name.</summary>
internal sealed class TargetResolver(ParseResult call, ClientSettings settings)
{
    private bool IsPlain => call.GetValue(SharedOptions.Plain);

    /// <param name="argument">KEY as it was given. Null: it was not.</param>
    /// <param name="links">Whether KEY can be a link.</param>
    /// <param name="makesKey">Whether a key is made where none is given or configured.</param>
    /// <param name="cancellationToken">Ends the wait for standard input.</param>
    public async Task<Target> ResolveAsync(string? argument, bool links, bool makesKey, CancellationToken cancellationToken)
    {
        var text = argument;
        if (text == SecretFile.Dash)
        {
            text = await SecretFile.ReadAsync(SecretFile.Dash, "key", cancellationToken);
        }
        else if (text is not null)
        {
            WarnOfSecret(text);
        }

        if (text is not null && IsLink(text))
        {
            return links ? OfLink(text) : throw CommandException.Usage("This command takes a key and no link.");
        }

        return IsPlain ? await OfPlainKeyAsync(text, cancellationToken) : await OfKeyAsync(text, makesKey, cancellationToken);
    }

    /// <param name="link">The link, or "-" for standard input.</param>
    /// <param name="isArgument">Whether it is on the command line.</param>
    /// <param name="cancellationToken">Ends the wait for standard input.</param>
    public async Task<Target> ResolveLinkAsync(string link, bool isArgument, CancellationToken cancellationToken)
    {
        if (isArgument && link == SecretFile.Dash)
        {
            link = await SecretFile.ReadAsync(SecretFile.Dash, "link", cancellationToken);
        }
        else if (isArgument)
        {
            WarnOfSecret(link);
        }

        return OfLink(link);
    }

    private Target OfLink(string link)
    {
        if (call.GetValue(SharedOptions.Database) is not null)
        {
            throw CommandException.Usage("A link says its database, so leave out --database.");
        }

        if (E1Link.TryParse(link, out var sealedLink))
        {
            return IsPlain
                ? throw CommandException.Usage("The link is end-to-end encrypted, so leave out --plain.")
                : new Target { Server = ServerAddress.OfPage(sealedLink.Page), Database = sealedLink.Database, Key = sealedLink.Key, NeedsPassphrase = sealedLink.NeedsPassphrase };
        }

        if (!E1Link.IsLink(link) && PlainLink.TryParse(link, out var plain) && !E1Key.ContainsMadeKey(plain.Key))
        {
            return new Target { Server = ServerAddress.OfPage(plain.Page), Database = plain.Database, PlainKey = plain.Key, NeedsPassphrase = false };
        }

        throw CommandException.Usage("The link is incomplete or damaged. Copy the whole link again.");
    }

    private static bool IsLink(string text) =>
        text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    private async Task<Target> OfPlainKeyAsync(string? text, CancellationToken cancellationToken)
    {
        if (text is not null && call.GetValue(SharedOptions.KeyFile) is not null)
        {
            throw CommandException.Usage("With --plain, give KEY or --key-file and not both.");
        }

        var key = text ?? (await settings.ReadKeyAsync(cancellationToken))?.Key ?? throw CommandException.Usage($"{CommandName} --plain needs a key: KEY, --key-file or DKV_KEY.");
        if (E1Key.ContainsMadeKey(key))
        {
            throw CommandException.Usage("The key is an end-to-end key, which must not be sent to a server. Leave out --plain.");
        }

        if (System.Text.Encoding.UTF8.GetByteCount(key) is 0 or > DumbKvClient.MaxKeyBytes)
        {
            throw CommandException.Usage("A key has 1 to 65,536 bytes of UTF-8.");
        }

        return new Target { Server = settings.RequiredServer, Database = settings.Database, PlainKey = key };
    }

    private async Task<Target> OfKeyAsync(string? text, bool makesKey, CancellationToken cancellationToken)
    {
        if (text is not null && E1Key.TryParse(text, out var whole))
        {
            return call.GetValue(SharedOptions.KeyFile) is null
                ? TargetOf(whole)
                : throw CommandException.Usage("KEY is a whole key, so leave out --key-file. To name an entry under the key of the file, give its name alone.");
        }

        if (text is "" || (text is not null && (E1Key.ContainsMadeKey(text) || text.StartsWith("e1-", StringComparison.Ordinal))))
        {
            throw CommandException.Usage("KEY is neither an end-to-end key nor a name. A key is e1- and seven groups of four characters; copy it again.");
        }

        if (await settings.ReadKeyAsync(cancellationToken) is not var (configured, source))
        {
            return makesKey && text is null ? TargetOf(E1Key.Create(), isNew: true)
                : throw CommandException.Usage(text is null ? $"{CommandName} needs a key: KEY, --key-file or DKV_KEY."
                    : "KEY is no end-to-end key. If it is a name under one, give that with --key-file or DKV_KEY. If it is the key of a plain entry, add --plain.");
        }

        if (!E1Key.TryParse(configured, out var baseKey))
        {
            throw CommandException.Usage($"{source} has no end-to-end key. dkv key makes one. If it is the key of a plain entry, add --plain.");
        }

        return text is null ? TargetOf(baseKey)
            : baseKey.Name is not null ? throw CommandException.Usage($"The key of {source} has a name already, so KEY cannot be a name under it.")
            : TargetOf(WithName(baseKey, text));
    }

    private static E1Key WithName(E1Key key, string name)
    {
        try
        {
            return key.WithName(name);
        }
        catch (ArgumentException)
        {
            throw CommandException.Usage("A name has 1 to 1,024 bytes of UTF-8.");
        }
    }

    private string CommandName => $"dkv {call.CommandResult.Command.Name}";

    private Target TargetOf(E1Key key, bool isNew = false) =>
        new() { Server = settings.RequiredServer, Database = settings.Database, Key = key, IsNewKey = isNew };

    /// <summary>The list of processes and the history of the shell show the command line.</summary>
    private void WarnOfSecret(string argument)
    {
        if (IsPlain || IsLink(argument) || E1Key.ContainsMadeKey(argument))
        {
            Messages.Warn($"The {(IsLink(argument) ? "link" : "key")} is a secret, and other users and the shell's history can show the command line. "
                + (IsLink(argument) ? "Give it on standard input: -" : "Use --key-file, DKV_KEY, or standard input: -"));
        }
    }
}
