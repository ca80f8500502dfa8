using System.CommandLine;
using DumbKv.CommandLine.Entries;

namespace DumbKv.CommandLine.Commands;

/// <summary><c>dkv get</c>: reads a value.</summary>
internal static class GetCommand
{
    private const string Description = """
        Writes a value to standard output or to a file.

        The value is written exactly as it was stored. Reading a read-once value removes it from the server. dkv peek says whether a value
        is read-once, and dkv open asks first.

          dkv get db/password
          dkv get backup --out backup.tar
        """;

    public static Command Create()
    {
        var command = new Command("get", Description) { SharedOptions.KeyOrLink, ValueOutput.Out, SharedOptions.Json }.WithEntry();
        command.SetAction((call, _) => CommandRunner.RunAsync(cancellationToken => RunAsync(call, cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var entry = await EntryClient.OpenAsync(call, call.GetValue(SharedOptions.KeyOrLink), links: true, writes: false, cancellationToken);
        using var output = ValueOutput.Open(call);
        var value = await entry.GetAsync(cancellationToken) ?? throw Failures.NotFound(entry.HasPassphrase);
        await output.WriteAsync(value, cancellationToken);
        return ExitCodes.Done;
    }
}
