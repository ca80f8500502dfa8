using System.Text;
using DumbKv.CommandLine.Commands;

namespace DumbKv.CommandLine.Completion;

internal static class FishScript
{
    public static string Write(CompletionWords words)
    {
        var script = new StringBuilder("# Completion of dkv for fish, made by: dkv completion fish\ncomplete -c dkv -f\n");
        script.Append("complete -c dkv -n __fish_use_subcommand -l version -d 'Show the version'\n");
        foreach (var command in words.Commands)
        {
            script.Append($"complete -c dkv -n __fish_use_subcommand -a {command.Name} -d '{command.Summary}'\n");
            foreach (var option in command.Options)
            {
                var value = option.IsFile ? " -r -F" : option.HasValue ? " -x" : "";
                script.Append($"complete -c dkv -n '__fish_seen_subcommand_from {command.Name}' -l {option.Name.TrimStart('-')}{value} -d '{option.Summary}'\n");
            }
        }

        script.Append($"complete -c dkv -n '__fish_seen_subcommand_from {CompletionCommand.Name}' -a '{string.Join(' ', CompletionCommand.Shells)}'\n");
        return script.ToString();
    }
}
