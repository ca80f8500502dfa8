using System.Text;

namespace DumbKv.CommandLine.Completion;

internal static class PowerShellScript
{
    public static string Write(CompletionWords words)
    {
        var script = new StringBuilder();
        script.Append("""
            # Completion of dkv for PowerShell, made by: dkv completion pwsh
            Register-ArgumentCompleter -Native -CommandName dkv -ScriptBlock {
              param($word, $line, $cursor)
              $words = @{

            """);
        script.Append($"    '' = '{string.Join(' ', words.Commands.Select(command => command.Name))} --help --version'\n");
        foreach (var command in words.Commands)
        {
            script.Append($"    '{command.Name}' = '{command.Following}'\n");
        }

        script.Append("""
              }
              $command = ''
              foreach ($element in $line.CommandElements | Select-Object -Skip 1) {
                if ($element.Extent.EndOffset -lt $cursor -and $element.ToString() -notlike '-*') { $command = $element.ToString(); break }
              }
              if ($words.ContainsKey($command)) {
                $words[$command] -split ' ' | Where-Object { $_ -like "$word*" } |
                  ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
              }
            }

            """);
        return script.ToString();
    }
}
