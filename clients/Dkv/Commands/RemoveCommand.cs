using System.CommandLine;
using DumbKv.CommandLine.Entries;

namespace DumbKv.CommandLine.Commands;

/// <summary><c>dkv rm</c>: deletes a value.</summary>
internal static class RemoveCommand
{
    private const string Description = """
        Deletes a value.

        It is no error if there is none.

          dkv rm db/password
        """;

    private static readonly Option<string> IfMatch = SharedOptions.NewIfMatch("Delete only");

    public static Command Create()
    {
        var command = new Command("rm", Description) { SharedOptions.KeyOrLink, IfMatch }.WithEntry();
        command.SetAction((call, _) => CommandRunner.RunAsync(cancellationToken => RunAsync(call, cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var entry = await EntryClient.OpenAsync(call, call.GetValue(SharedOptions.KeyOrLink), links: true, writes: false, cancellationToken);
        await entry.DeleteAsync(call.GetValue(IfMatch), cancellationToken);
        return ExitCodes.Done;
    }
}
