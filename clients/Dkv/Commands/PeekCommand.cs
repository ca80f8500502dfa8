using System.CommandLine;
using DumbKv.CommandLine.Entries;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine.Commands;

/// <summary><c>dkv peek</c>: describes a value without reading it.</summary>
internal static class PeekCommand
{
    private const string Description = """
        Describes a value without reading it.

        Prints the size, when the value expires, whether it is read-once, and the ETag. The size of an end-to-end value is that of the
        encrypted and padded value.

          dkv peek db/password
        """;

    private static readonly Option<bool> Link = new("--link") { Description = "Print the link that opens the entry, too. With a key e1-…/NAME it opens this entry alone" };

    public static Command Create()
    {
        var command = new Command("peek", Description) { SharedOptions.KeyOrLink, Link, SharedOptions.Json }.WithEntry();
        command.SetAction((call, _) => CommandRunner.RunAsync(cancellationToken => RunAsync(call, cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var entry = await EntryClient.OpenAsync(call, call.GetValue(SharedOptions.KeyOrLink), links: true, writes: false, cancellationToken);
        var about = await entry.PeekAsync(cancellationToken) ?? throw Failures.NotFound(entry.HasPassphrase);
        var link = call.GetValue(Link) ? entry.Link.OriginalString : null;
        if (call.GetValue(SharedOptions.Json))
        {
            JsonOutput.Write(json =>
            {
                json.WriteNumber("size", about.Size);
                json.WriteString("encoding", about.IsText ? "text" : "base64");
                json.WriteString("etag", about.ETag);
                json.WriteBoolean("once", about.Once);
                json.WriteTime("expires_at", about.ExpiresAt);
                if (link is not null)
                {
                    json.WriteString("link", link);
                }
            });
            return ExitCodes.Done;
        }

        var encrypted = entry.Target.Key is null ? "" : " encrypted";
        StandardStream.Output.Write($"""
            Size:      {about.Size:N0} bytes{encrypted}
            Read once: {(about.Once ? "yes" : "no")}
            Expires:   {(about.ExpiresAt is { } time ? Failures.Time(time) : "never")}
            ETag:      {about.ETag}{(link is null ? "" : $"\nLink:      {link}")}

            """);
        return ExitCodes.Done;
    }
}
