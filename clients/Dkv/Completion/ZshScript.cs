using System.Text;
using DumbKv.CommandLine.Commands;

namespace DumbKv.CommandLine.Completion;

internal static class ZshScript
{
    public static string Write(CompletionWords words)
    {
        var script = new StringBuilder();
        script.Append("""
            #compdef dkv
            # Completion of dkv for zsh, made by: dkv completion zsh
            _dkv() {
              local context state state_descr line
              typeset -A opt_args
              local -a commands
              commands=(

            """);
        foreach (var command in words.Commands)
        {
            script.Append($"    '{command.Name}:{Escape(command.Summary)}'\n");
        }

        script.Append("""
              )
              _arguments -C '(- *)--help[Show help]' '(- *)--version[Show the version]' '1: :->command' '*:: :->arguments'
              case $state in
                command) _describe -t commands command commands ;;
                arguments)
                  case $words[1] in

            """);
        foreach (var command in words.Commands)
        {
            script.Append($"        {command.Name}) _arguments -s");
            foreach (var option in command.Options)
            {
                script.Append($" \\\n          '{option.Name}[{Escape(option.Summary)}]{(option.IsFile ? ":file:_files" : option.HasValue ? ":value: " : "")}'");
            }

            script.Append(command.Name switch
            {
                CompletionCommand.Name => $" \\\n          '1:shell:({string.Join(' ', CompletionCommand.Shells)})'",
                RunCommand.Name => " \\\n          '*::program: _normal'",
                _ => "",
            });
            script.Append(" ;;\n");
        }

        script.Append("""
                  esac ;;
              esac
            }

            if [[ $funcstack[1] == _dkv ]]; then
              _dkv "$@"
            else
              compdef _dkv dkv
            fi

            """);
        return script.ToString();
    }

    private static string Escape(string text) => text.Replace(":", "\\:", StringComparison.Ordinal);
}
