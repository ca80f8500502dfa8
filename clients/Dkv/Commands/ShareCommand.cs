using System.CommandLine;
using DumbKv.Client;
using DumbKv.CommandLine.Configuration;
using DumbKv.CommandLine.Entries;
using DumbKv.CommandLine.Native;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine.Commands;

/// <summary><c>dkv share</c>: a link that can be opened once.</summary>
internal static class ShareCommand
{
    private const string Description = """
        Stores a secret that can be read once, and prints the link for the recipient.

        The secret is encrypted with a new key, which is in the link. Anyone who has the link can read the secret. If you set a
        passphrase, the recipient needs it too: send it in another way.

          printf %s 'hunter2' | dkv share
          dkv share --file contract.pdf --ttl 7d --passphrase-prompt
        """;

    private static readonly TimeSpan DefaultTtl = TimeSpan.FromDays(1);

    private static readonly Option<TimeSpan?> Ttl = new("--ttl")
    {
        Description = "When the secret expires if it is not read: 90s, 15m, 12h, 7d or 4w from now. Default: 1d",
        HelpName = "TIME",
        CustomParser = ValueOptions.ParseTtl,
    };

    private static readonly Option<bool> Qr = new("--qr") { Description = "Draw the link as a QR code in the terminal, too" };

    public static Command Create()
    {
        var command = new Command("share", Description)
        {
            ValueOptions.File, ValueOptions.Prompt, Ttl, Qr, SharedOptions.PassphraseFile, SharedOptions.PassphrasePrompt, SharedOptions.Database, SharedOptions.Json,
        }.WithConnection();
        command.SetAction((call, _) => CommandRunner.RunAsync(cancellationToken => RunAsync(call, cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var settings = new ClientSettings(call);
        var target = new Target { Server = settings.RequiredServer, Database = settings.Database, Key = E1Key.Create(), IsNewKey = true };
        using var entry = await EntryClient.OpenAsync(call, settings, target, writes: true, cancellationToken);
        var (value, path) = await ValueOptions.ReadAsync(call, entry.MaxBytes, cancellationToken);

        // The recipient's page offers a file with a name for download.
        var file = path is null || SpecialFiles.IsOne(path) ? null : new E1File { Name = Path.GetFileName(path) };
        var timeToLive = call.GetValue(Ttl) ?? DefaultTtl;
        var etag = await entry.SetAsync(value, new SetOptions { TimeToLive = timeToLive, Once = true }, file, cancellationToken);

        var link = entry.Link.OriginalString;
        if (call.GetValue(SharedOptions.Json))
        {
            JsonOutput.Write(json =>
            {
                json.WriteString("link", link);
                json.WriteString("etag", etag);
                json.WriteNumber("ttl", (long)timeToLive.TotalSeconds);
            });
        }
        else
        {
            StandardStream.Output.Write($"{link}\n");
        }

        if (call.GetValue(Qr))
        {
            QrCode.Draw(link);
        }

        return ExitCodes.Done;
    }
}
