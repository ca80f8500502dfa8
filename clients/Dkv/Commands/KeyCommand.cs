using System.CommandLine;
using System.Text;
using DumbKv.Client;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine.Commands;

/// <summary><c>dkv key</c>: makes a key.</summary>
internal static class KeyCommand
{
    private const string Description = """
        Makes an end-to-end key.

        Keep the key: what is stored under it cannot be read without it. Nothing is sent to a server.

          dkv key --out ~/.config/dkv/key
        """;

    private static readonly Option<string> Out = new("--out") { Description = "Write the key to a new file that only you can read. Default: standard output", HelpName = "FILE" };

    public static Command Create()
    {
        var command = new Command("key", Description) { Out };
        command.SetAction((call, _) => CommandRunner.RunAsync(_ => Task.FromResult(Run(call.GetValue(Out)))));
        return command;
    }

    private static int Run(string? path)
    {
        var key = E1Key.Create().Value;
        if (path is null)
        {
            StandardStream.Output.Write($"{key}\n");
            return ExitCodes.Done;
        }

        using var file = OutputFile.Create(path, replace: false);
        file.Save(Encoding.UTF8.GetBytes(key + "\n"));
        return ExitCodes.Done;
    }
}
