using System.CommandLine;
using DumbKv.CommandLine.Completion;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine.Commands;

/// <summary><c>dkv completion</c>: a script for a shell.</summary>
internal static class CompletionCommand
{
    private const string Description = """
        Prints a script for the completion of a shell.

        The shell then completes commands, options and files. The script has the words of this version, and starts no program.

          bash:        dkv completion bash > ~/.local/share/bash-completion/completions/dkv
          zsh:         dkv completion zsh > "${fpath[1]}/_dkv"
          fish:        dkv completion fish > ~/.config/fish/completions/dkv.fish
          PowerShell:  dkv completion pwsh >> $PROFILE
        """;

    public const string Name = "completion";

    public static readonly string[] Shells = ["bash", "zsh", "fish", "pwsh"];

    private static readonly Argument<string> Shell = new("SHELL") { Description = "bash, zsh, fish or pwsh" };

    public static Command Create()
    {
        Shell.AcceptOnlyFromAmong(Shells);
        var command = new Command(Name, Description) { Shell };
        command.SetAction((call, _) => CommandRunner.RunAsync(_ => Task.FromResult(Run(call))));
        return command;
    }

    private static int Run(ParseResult call)
    {
        var words = CompletionWords.Of(call.RootCommandResult.Command);
        StandardStream.Output.Write(call.GetValue(Shell) switch
        {
            "bash" => BashScript.Write(words),
            "zsh" => ZshScript.Write(words),
            "fish" => FishScript.Write(words),
            _ => PowerShellScript.Write(words),
        });
        return ExitCodes.Done;
    }
}
