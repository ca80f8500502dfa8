namespace DumbKv.CommandLine.Tests;

/// <summary>What a person sees and types, in a pseudo-terminal.</summary>
public sealed class TerminalTests
{
    private const string CtrlC = "\u0003";

    [Test]
    public async Task A_passphrase_is_asked_twice_for_a_write_and_not_shown()
    {
        var key = await Dkv.NewKeyAsync();

        var set = await Dkv.InTerminalAsync(["bash", "-c", "printf value | dkv set --passphrase-prompt"], [new("Passphrase: ", "correct horse\r"), new("again: ", "correct horse\r")], ("DKV_KEY", key));
        var get = await Dkv.InTerminalAsync(["dkv", "get", "--passphrase-prompt"], [new("Passphrase: ", "correct horse\r")], ("DKV_KEY", key));

        set.ExitCode.Should().Be(0, set.Screen);
        get.Screen.Should().Contain("value");
        new[] { set, get }.Should().AllSatisfy(run =>
        {
            run.Screen.Should().NotContain("horse");
            run.Echo.Should().BeTrue();
        });
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key), ("DKV_PASSPHRASE", "correct horse"))).Succeeded().Text.Should().Be("value");
    }

    [Test]
    public async Task Two_different_passphrases_store_nothing()
    {
        var key = await Dkv.NewKeyAsync();

        var set = await Dkv.InTerminalAsync(["bash", "-c", "printf value | dkv set --passphrase-prompt"], [new("Passphrase: ", "first\r"), new("again: ", "second\r")], ("DKV_KEY", key));

        set.ExitCode.Should().Be(2);
        set.Screen.Should().Contain("not the same");
    }

    [Test]
    public async Task A_value_is_typed_twice_and_not_shown()
    {
        var key = await Dkv.NewKeyAsync();

        var set = await Dkv.InTerminalAsync(["dkv", "set", "--value-prompt"], [new("Value: ", "hünter2\r"), new("again: ", "hünter2\r")], ("DKV_KEY", key));

        set.ExitCode.Should().Be(0, set.Screen);
        set.Screen.Should().NotContain("nter2");
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("hünter2");
    }

    [Test]
    public async Task Ctrl_C_at_a_prompt_restores_the_terminal()
    {
        var run = await Dkv.InTerminalAsync(["dkv", "set", "--value-prompt"], [new("Value: ", "abc" + CtrlC)], ("DKV_KEY", await Dkv.NewKeyAsync()));

        run.ExitCode.Should().Be(130);
        run.Echo.Should().BeTrue();
        run.Screen.Should().NotContain("abc").And.NotContain("   at ");
    }

    [Test]
    public async Task A_prompt_that_was_stopped_and_continued_does_not_show_what_is_typed()
    {
        const string CtrlZ = "\u001a";
        var key = await Dkv.NewKeyAsync();

        var run = await Dkv.InTerminalAsync(["bash", "--norc", "-i"],
            [
                new("bash-", "dkv set --value-prompt\r"),
                new("Value: ", CtrlZ), new("Stopped", "fg\r"), new("fg\r\n", ""), new("dkv set --value-prompt\r\n", ""),
                new("(hidden)", "hunter2\r"), new("again: ", "hunter2\r"),
                new("bash-", "exit\r"),
            ],
            ("DKV_KEY", key), ("PS1", null), ("TERM", "dumb"));

        run.ExitCode.Should().Be(0, run.Screen);
        run.Screen.Should().NotContain("hunter2");
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("hunter2");
    }

    [Test]
    public async Task Open_says_what_it_is_and_reads_it_after_a_yes()
    {
        var link = await ShareAsync("hunter2");

        var run = await Dkv.InTerminalAsync(["dkv", "open"], [new("Link: ", link + "\r"), new("[y/N] ", "y\r")]);

        run.ExitCode.Should().Be(0, run.Screen);
        run.Screen.Should().Contain("end-to-end encrypted secret of at most").And.Contain("Reading it removes it").And.Contain("It expires at ").And.Contain("hunter2");
        run.Screen.Should().NotContain(link, "the link is a secret");
        (await PeekAsync(link)).ExitCode.Should().Be(7);
    }

    [TestCase("n\r", 1)]
    [TestCase("\r", 1)]
    [TestCase("\u0004", 1)]
    [TestCase(CtrlC, 130)]
    public async Task Open_reads_nothing_before_a_yes(string answer, int exitCode)
    {
        var link = await ShareAsync("hunter2");

        var run = await Dkv.InTerminalAsync(["dkv", "open"], [new("Link: ", link + "\r"), new("[y/N] ", answer)]);

        run.ExitCode.Should().Be(exitCode, run.Screen);
        run.Screen.Should().NotContain("hunter2");
        run.Echo.Should().BeTrue();
        (await PeekAsync(link)).Succeeded();
    }

    [Test]
    public async Task Open_asks_for_the_passphrase_and_a_wrong_one_reads_nothing()
    {
        var link = await ShareAsync("hunter2", "correct horse");

        var wrong = await Dkv.InTerminalAsync(["dkv", "open"], [new("Link: ", link + "\r"), new("Passphrase: ", "wrong\r")]);
        var right = await Dkv.InTerminalAsync(["dkv", "open"], [new("Link: ", link + "\r"), new("Passphrase: ", "correct horse\r"), new("[y/N] ", "yes\r")]);

        wrong.ExitCode.Should().Be(3, wrong.Screen);
        wrong.Screen.Should().Contain("Nothing was read");
        right.ExitCode.Should().Be(0, right.Screen);
        right.Screen.Should().Contain("hunter2").And.NotContain("horse");
    }

    [Test]
    public async Task Control_characters_of_a_value_do_not_control_the_terminal()
    {
        var link = await ShareAsync("red \u001b[31m\u202e\rtext\n");

        var run = await Dkv.InTerminalAsync(["dkv", "open"], [new("Link: ", link + "\r"), new("[y/N] ", "y\r")]);

        run.Screen.Should().Contain("red \\u001b[31m\\u202e\\u000dtext").And.Contain("--out FILE").And.NotContain("\u001b");
    }

    [Test]
    public async Task A_file_is_saved_under_the_name_that_the_user_types()
    {
        using var folder = new TestFolder();
        await File.WriteAllBytesAsync(folder.File("logo.png"), [0x89, 0xff, 0]);
        await File.WriteAllTextAsync(folder.File("taken"), "kept");
        var link = (await Dkv.RunAsync(["share", "--file", folder.File("logo.png")])).Succeeded().Text.TrimEnd();

        var run = await Dkv.InTerminalAsync(["dkv", "open"],
            [new("Link: ", link + "\r"), new("[y/N] ", "y\r"), new("Save it as: ", $"{folder.File("taken")}\r"), new("Save it as: ", $"{folder.File("saved")}\r")]);

        run.ExitCode.Should().Be(0, run.Screen);
        run.Screen.Should().Contain("The sender calls it logo.png");
        (await File.ReadAllBytesAsync(folder.File("saved"))).Should().Equal(0x89, 0xff, 0);
        (await File.ReadAllTextAsync(folder.File("taken"))).Should().Be("kept");
    }

    [Test]
    public async Task A_QR_code_in_a_terminal_is_black_on_white()
    {
        var run = await Dkv.InTerminalAsync(["bash", "-c", "printf hunter2 | dkv share --qr"], []);
        var plain = await Dkv.InTerminalAsync(["bash", "-c", "printf hunter2 | NO_COLOR=1 dkv share --qr"], []);

        run.Screen.Should().Contain("\u001b[30;107m").And.Contain("\u001b[0m");
        plain.Screen.Should().Contain("█").And.NotContain("\u001b");
    }

    private static async Task<string> ShareAsync(string value, string? passphrase = null) =>
        (await Dkv.RunAsync(["share"], System.Text.Encoding.UTF8.GetBytes(value), ("DKV_PASSPHRASE", passphrase))).Succeeded().Text.TrimEnd('\n');

    private static Task<DkvResult> PeekAsync(string link) => Dkv.RunAsync(["peek", "-"], System.Text.Encoding.UTF8.GetBytes(link));
}
