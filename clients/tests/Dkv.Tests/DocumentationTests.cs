using System.Text.RegularExpressions;

namespace DumbKv.CommandLine.Tests;

/// <summary>Every command of docs/cli.md works as it stands there.</summary>
public sealed class DocumentationTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

    [Test]
    public async Task The_commands_of_the_page_work_one_after_the_other()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder.File("contract.pdf"), "%PDF");
        await File.WriteAllTextAsync(folder.File(".env"), "DATABASE_URL=postgres://app:word@db/app\n");
        var link = (await Dkv.RunAsync(["share"], "from a colleague"u8.ToArray())).Succeeded().Text.TrimEnd();
        var script = string.Join('\n', Blocks("sh")).Replace("https://dumbkv.example.com", SharedServer.Address.ToString(), StringComparison.Ordinal);

        var run = await Dkv.InTerminalAsync(["bash", "-c", $"cd \"$HOME\"; set -eo pipefail; {script}\necho; cat password.txt; echo; dkv get counter; echo all done"],
            [
                new("Value: ", "hunter2\r"), new("again: ", "hunter2\r"),
                new("Passphrase: ", "correct horse\r"), new("again: ", "correct horse\r"),
                new("Link: ", $"{link}\r"), new("[y/N] ", "y\r"),
                new("Value: ", "db-password\r"), new("again: ", "db-password\r"),
            ],
            ("HOME", folder.Path), ("XDG_CONFIG_HOME", null), ("DKV_URL", null));

        run.ExitCode.Should().Be(0, run.Screen);
        run.Screen.Should().Contain("from a colleague").And.Contain("\r\ndb-password").And.Contain("Read once: no").And.Contain("&passphrase=1")
            .And.Contain("postgres://app:word@db/app\r\n").And.EndWith("hunter2\r\n1\r\nall done\r\n");
    }

    [TestCase("a[$(touch executed)]")]
    [TestCase("a password")]
    [TestCase("")]
    [TestCase("1\n")]
    public async Task The_counter_of_the_page_refuses_and_keeps_a_value_that_is_not_a_number(string value)
    {
        using var folder = new TestFolder();
        var key = await Dkv.NewKeyAsync();
        (await Dkv.RunAsync(["set", "counter"], System.Text.Encoding.UTF8.GetBytes(value), ("DKV_KEY", key))).Succeeded();
        var commands = Blocks("sh").Single(block => block.Contains("until", StringComparison.Ordinal));
        var loop = commands[commands.IndexOf("until", StringComparison.Ordinal)..];

        var run = await Dkv.ShellAsync(loop, folder.Path, ("DKV_KEY", key));

        run.ExitCode.Should().NotBe(0);
        run.Error.Should().Contain("The value is not a number").And.NotContain("password");
        (await Dkv.RunAsync(["get", "counter"], [], ("DKV_KEY", key))).Succeeded().Text.Should().Be(value);
        File.Exists(folder.File("executed")).Should().BeFalse();
    }

    [Test]
    public async Task The_command_of_the_GitHub_workflow_works()
    {
        using var folder = new TestFolder();
        var key = await Dkv.NewKeyAsync();
        (await Dkv.RunAsync(["set", "production/env"], "TARGET=production"u8.ToArray(), ("DKV_KEY", key))).Succeeded();
        var command = Regex.Match(Blocks("yaml").Single(), "run: (dkv run .*)").Groups[1].Value;

        var run = await Dkv.ShellAsync($"printf '#!/bin/sh\\necho \"to $TARGET\"\\n' > deploy.sh; chmod +x deploy.sh; {command}", folder.Path, ("DKV_KEY", key), ("DKV_TOKEN", ""));

        run.Succeeded().Text.Should().Be("to production\n");
    }

    [Test]
    public async Task The_command_of_the_systemd_service_works()
    {
        using var folder = new TestFolder();
        var key = await Dkv.NewKeyAsync();
        File.SetUnixFileMode(folder.Secret("key", key), UnixFileMode.UserRead); // As systemd does.
        (await Dkv.RunAsync(["set", "app/env"], "VARIABLE=of the service"u8.ToArray(), ("DKV_KEY", key))).Succeeded();
        var command = Regex.Match(Blocks("ini").Single(), "ExecStart=/usr/local/bin/(.*)/usr/bin/app").Groups[1].Value;

        var run = await Dkv.ShellAsync($"{command} printenv VARIABLE", folder.Path, ("CREDENTIALS_DIRECTORY", folder.Path));

        run.Succeeded().Text.Should().Be("of the service\n");
        run.Error.Should().BeEmpty();
    }

    [Test]
    public async Task The_env_file_of_the_page_means_what_it_says()
    {
        var key = await Dkv.NewKeyAsync();
        (await Dkv.RunAsync(["set"], System.Text.Encoding.UTF8.GetBytes(Blocks("").Single(block => block.Contains("SINGLE=", StringComparison.Ordinal))), ("DKV_KEY", key))).Succeeded();

        var run = await Dkv.ShellAsync("""dkv run -- bash -c 'printf "%s|" "$NAME" "$SINGLE" "$DOUBLE" "$SEVERAL"'""", null, ("DKV_KEY", key));

        run.Succeeded().Text.Should().Be("value|literal: $HOME \\n #|escapes: \n \r \t \" \\ $|a quoted value\ncan have several lines|");
    }

    [Test]
    public async Task The_page_names_every_command_and_option()
    {
        var script = (await Dkv.RunAsync(["completion", "bash"])).Succeeded().Text;

        var words = Regex.Matches(script, "words='([^']*)'").SelectMany(match => match.Groups[1].Value.Split(' ')).Distinct().Except(["--help", "--version"]).ToList();

        words.Should().HaveCountGreaterThan(30);
        words.Where(word => !Regex.IsMatch(Page, $@"`(dkv )?{word}\b")).Except(["bash", "zsh", "fish", "pwsh"]).Should().BeEmpty("docs/cli.md should name each");
    }

    private static IEnumerable<string> Blocks(string language) => Regex.Matches(Page, $"^```{language}\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline).Select(match => match.Groups[1].Value);
}
