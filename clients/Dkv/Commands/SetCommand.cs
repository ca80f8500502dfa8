using System.CommandLine;
using DumbKv.Client;
using DumbKv.CommandLine.Entries;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine.Commands;

/// <summary><c>dkv set</c>: stores a value.</summary>
internal static class SetCommand
{
    private const string Description = """
        Stores a value from standard input, a file or a prompt.

        The value is stored exactly as it is. An existing value is replaced only with --overwrite or --if-match. Without KEY, and without
        a configured key, dkv makes a key and prints it.

          printf %s 'hunter2' | dkv set db/password
          dkv set db/password --value-prompt --overwrite
          dkv set --file backup.tar --ttl 7d > key
        """;

    private static readonly Option<bool> Once = new("--once") { Description = "The first get removes the value" };

    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace an existing value" };

    private static readonly Option<string> IfMatch = SharedOptions.NewIfMatch("Replace only");

    private static readonly Option<bool> Link = new("--link") { Description = "Print the link that opens the entry. With a key e1-…/NAME it opens this entry alone" };

    public static Command Create()
    {
        var command = new Command("set", Description) { SharedOptions.Key, ValueOptions.File, ValueOptions.Prompt, ValueOptions.Ttl, Once, Overwrite, IfMatch, Link, SharedOptions.Json }.WithEntry();
        command.SetAction((call, _) => CommandRunner.RunAsync(cancellationToken => RunAsync(call, cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        if (call.GetValue(Overwrite) && call.GetValue(IfMatch) is not null)
        {
            throw CommandException.Usage("Give --overwrite or --if-match and not both.");
        }

        using var entry = await EntryClient.OpenAsync(call, call.GetValue(SharedOptions.Key), links: false, writes: true, cancellationToken);
        var (value, _) = await ValueOptions.ReadAsync(call, entry.MaxBytes, cancellationToken);
        var etag = await StoreAsync(call, entry, value, cancellationToken);

        var newKey = entry.Target.IsNewKey ? entry.Target.Key!.Value : null;
        var link = call.GetValue(Link) ? entry.Link.OriginalString : null;
        if (call.GetValue(SharedOptions.Json))
        {
            JsonOutput.Write(json =>
            {
                json.WriteString("etag", etag);
                json.WriteNumber("database", entry.Target.Database);
                if (newKey is not null)
                {
                    json.WriteString("key", newKey);
                }

                if (link is not null)
                {
                    json.WriteString("link", link);
                }
            });
        }
        else if ((newKey is null ? link : link is null ? newKey : $"{newKey}\n{link}") is { } lines)
        {
            StandardStream.Output.Write($"{lines}\n");
        }

        return ExitCodes.Done;
    }

    private static async Task<string> StoreAsync(ParseResult call, EntryClient entry, ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
    {
        var options = new SetOptions
        {
            TimeToLive = call.GetValue(ValueOptions.Ttl),
            Once = call.GetValue(Once),
            Overwrite = call.GetValue(Overwrite),
            IfMatch = call.GetValue(IfMatch),
        };
        try
        {
            return await entry.SetAsync(value, options, file: null, cancellationToken);
        }
        catch (KvConflictException)
        {
            throw new CommandException("There is a value under this key already, and it was kept. --overwrite replaces it.", ExitCodes.Conflict);
        }
    }
}
