namespace DumbKv.CommandLine.Tests;

public sealed class CompletionTests
{
    private const string Bash = """
        source <(dkv completion bash)
        complete_at() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _dkv; printf '%s\n' "${COMPREPLY[*]}"; }

        """;

    [Test]
    public async Task Bash_accepts_its_script_and_completes_commands_options_and_files()
    {
        using var folder = new TestFolder();
        folder.Secret("file-1", "");

        (await Dkv.ShellAsync("dkv completion bash | bash -n")).Succeeded();
        var run = await Dkv.ShellAsync(Bash + """
            complete_at dkv ''
            complete_at dkv s
            complete_at dkv set --p
            complete_at dkv --help
            complete_at dkv open --y
            complete_at dkv completion z
            complete_at dkv get --out fil
            complete_at dkv get --database ''
            complete_at dkv run --key-file file-1 name -- bas
            complete_at dkv run name -- cat fil
            """, folder.Path);

        var lines = run.Succeeded().Text.Split('\n');
        lines[0].Should().Be("set get rm peek share open run key completion --help --version");
        lines[1].Should().Be("set share");
        lines[2].Should().Be("--plain --passphrase-file --passphrase-prompt");
        lines[3].Should().Be("--help");
        lines[4].Should().Be("--yes");
        lines[5].Should().Be("zsh");
        lines[6].Should().Be("file-1");
        lines[7].Should().BeEmpty();
        lines[8].Split(' ').Should().Contain("bash");
        lines[9].Should().Be("file-1");
        run.Error.Should().BeEmpty();
    }

    [Test]
    public async Task Zsh_accepts_its_script_and_completes_commands_and_options()
    {
        (await Dkv.ShellAsync("command -v zsh")).Succeeded();
        (await Dkv.ShellAsync("dkv completion zsh > /dev/stdout | zsh -n")).Succeeded();

        // Completion of zsh works only at a prompt.
        var run = await Dkv.InTerminalAsync(
            ["bash", "-c", "dkv completion zsh > _dkv; exec zsh -f"],
            [
                new("# ", "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; PS1='ready> '\r"),
                new("ready> \u001b[?2004h", "dkv sha\t--passphrase-f\t"),
                new("--passphrase-file ", "\u0003"),
                new("ready> \u001b[?2004h", "exit\r"),
            ],
            ("TERM", "dumb"), ("HOME", "/nonexistent"));

        run.ExitCode.Should().BeOneOf([0, 1, 130], run.Screen);
    }

    [TestCase("fish", "complete -c dkv -n '__fish_seen_subcommand_from share' -l passphrase-file -r -F")]
    [TestCase("pwsh", "Register-ArgumentCompleter -Native -CommandName dkv")]
    public async Task Other_shells_have_a_script(string shell, string line)
    {
        (await Dkv.RunAsync(["completion", shell])).Succeeded().Text.Should().Contain(line);
    }
}
