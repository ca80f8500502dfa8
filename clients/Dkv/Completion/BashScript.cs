using System.Text;

namespace DumbKv.CommandLine.Completion;

internal static class BashScript
{
    public static string Write(CompletionWords words)
    {
        var options = words.Commands.SelectMany(command => command.Options).ToLookup(option => option.IsFile, option => option);
        var files = options[true].Select(option => option.Name).Distinct().Order(StringComparer.Ordinal);
        var values = options[false].Where(option => option.HasValue).Select(option => option.Name).Distinct().Order(StringComparer.Ordinal);

        var script = new StringBuilder();
        script.Append("""
            # Completion of dkv for bash, made by: dkv completion bash
            _dkv() {
              local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= i
              for ((i = 1; i < COMP_CWORD; i++)); do
                if [[ ${COMP_WORDS[i]} == -- ]]; then
                  # The program of dkv run and its arguments.
                  if ((COMP_CWORD == i + 1)); then
                    mapfile -t COMPREPLY < <(compgen -c -- "$word")
                  else
                    compopt -o filenames 2> /dev/null
                    mapfile -t COMPREPLY < <(compgen -f -- "$word")
                  fi
                  return
                fi
                [[ -n $command || ${COMP_WORDS[i]} == -* ]] || command=${COMP_WORDS[i]}
              done

              case $before in

            """);
        script.Append($"    {string.Join(" | ", files)}) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return ;;\n");
        script.Append($"    {string.Join(" | ", values)}) return ;;\n");
        script.Append("""
              esac

              local words=
              case $command in

            """);
        script.Append($"    '') words='{string.Join(' ', words.Commands.Select(command => command.Name))} --help --version' ;;\n");
        foreach (var command in words.Commands)
        {
            script.Append($"    {command.Name}) words='{command.Following}' ;;\n");
        }

        script.Append("""
              esac
              mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
            }
            complete -F _dkv dkv

            """);
        return script.ToString();
    }
}
