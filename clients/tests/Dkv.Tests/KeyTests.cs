namespace DumbKv.CommandLine.Tests;

public sealed class KeyTests
{
    [Test]
    public async Task Key_makes_another_key_each_time()
    {
        var (first, second) = (await Dkv.RunAsync(["key"]), await Dkv.RunAsync(["key"]));

        first.Succeeded().Text.Should().MatchRegex(@"\Ae1(-[346789abcdefghjkmnpqrtwxy]{4}){7}\n\z").And.NotBe(second.Succeeded().Text);
        first.Error.Should().BeEmpty();
    }

    [Test]
    public async Task Key_writes_a_file_for_its_owner_and_never_replaces_one()
    {
        using var folder = new TestFolder();
        var file = folder.File("key");

        (await Dkv.RunAsync(["key", "--out", file])).Succeeded().Output.Should().BeEmpty();
        var key = await File.ReadAllTextAsync(file);
        (await Dkv.RunAsync(["key", "--out", file])).Failed(2).Error.Should().Contain("exists");

        File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await File.ReadAllTextAsync(file)).Should().Be(key);
        Directory.GetFiles(folder.Path).Should().HaveCount(1);
    }

    [Test]
    public async Task Set_without_a_key_makes_one_and_prints_it()
    {
        var key = (await Dkv.RunAsync(["set"], "value"u8.ToArray())).Succeeded().Text;

        key.Should().MatchRegex(@"\Ae1(-[346789abcdefghjkmnpqrtwxy]{4}){7}\n\z");
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key.TrimEnd()))).Succeeded().Text.Should().Be("value");
    }

    [Test]
    public async Task Names_under_a_key_are_separate_entries()
    {
        var key = await Dkv.NewKeyAsync();

        (await Dkv.RunAsync(["set"], "base"u8.ToArray(), ("DKV_KEY", key))).Succeeded();
        (await Dkv.RunAsync(["set", "db/password"], "first"u8.ToArray(), ("DKV_KEY", key))).Succeeded();
        (await Dkv.RunAsync(["set", "übrig geblieben"], "second"u8.ToArray(), ("DKV_KEY", key))).Succeeded();

        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("base");
        (await Dkv.RunAsync(["get", "db/password"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("first");
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", $"{key}/db/password"))).Succeeded().Text.Should().Be("first");
        (await Dkv.RunAsync(["get", "übrig geblieben"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("second");
        (await Dkv.RunAsync(["get", "db"], null, ("DKV_KEY", key))).Failed(3);
    }

    [Test]
    public async Task The_key_comes_from_the_argument_then_a_file_then_the_environment_then_the_configuration()
    {
        using var folder = new TestFolder();
        var keys = new[] { await Dkv.NewKeyAsync(), await Dkv.NewKeyAsync(), await Dkv.NewKeyAsync(), await Dkv.NewKeyAsync() };
        foreach (var (number, key) in keys.Index())
        {
            (await Dkv.RunAsync(["set"], [(byte)('0' + number)], ("DKV_KEY", key))).Succeeded();
        }

        var file = folder.Secret("key", keys[1] + "\n");
        folder.Secret("dkv/config.json", """{"key_file": "key"}""");
        folder.Secret("dkv/key", keys[3] + "\r\n");
        (string, string?)[] environment = [("DKV_KEY", keys[2]), ("XDG_CONFIG_HOME", folder.Path)];

        (await Dkv.RunAsync(["get", keys[0]], null, environment)).Succeeded().Text.Should().Be("0");
        (await Dkv.RunAsync(["get", "--key-file", file], null, environment)).Succeeded().Text.Should().Be("1");
        (await Dkv.RunAsync(["get"], null, environment)).Succeeded().Text.Should().Be("2");
        (await Dkv.RunAsync(["get"], null, environment[1], ("DKV_KEY", ""))).Succeeded().Text.Should().Be("3");
        (await Dkv.RunAsync(["get", "-"], System.Text.Encoding.UTF8.GetBytes(keys[0] + "\n"), environment)).Succeeded().Text.Should().Be("0");
    }

    [TestCase("get", "a key")]
    [TestCase("peek", "a key")]
    [TestCase("rm", "a key")]
    [TestCase("set --plain", "a key")]
    [TestCase("get name", "If it is a name")]
    [TestCase("set name", "If it is a name")]
    [TestCase("get e1-abcd-abcd", "neither")]
    [TestCase("get e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw/", "neither")]
    [TestCase("get --plain e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw", "Leave out --plain")]
    [TestCase("get e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw --key-file /dev/null", "leave out --key-file")]
    [TestCase("get --key-file /dev/null", "no end-to-end key")]
    [TestCase("get --key-file /no/such/file", "does not exist")]
    [TestCase("get - --passphrase-file -", "both")]
    [TestCase("set --key-file -", "both")]
    [TestCase("set --if-match x --overwrite e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw", "not both")]
    [TestCase("get --database 2147483648", "32-bit integer")]
    [TestCase("set --ttl 0s", "--ttl must be")]
    [TestCase("set --ttl 3651d", "--ttl must be")]
    [TestCase("set --ttl 60", "--ttl must be")]
    [TestCase("share --url ftp://host", "not the address")]
    [TestCase("share --url https://user:secret-word@host", "contains a name or a password")]
    [TestCase("run name", "two dashes")]
    [TestCase("run name --", "two dashes")]
    [TestCase("get a b", "too many arguments")]
    [TestCase("secret-word", "no command")]
    [TestCase("get --secret-word-0000000000000000000", "no such option")]
    [TestCase("get --token secret-word", "--token-file")]
    [TestCase("get -x secret-word", "-x is no option")]
    [TestCase("get --out=", "--out needs one FILE")]
    [TestCase("get --out ", "--out is empty")]
    [TestCase("set --file /", "is a directory")]
    [TestCase("completion tcsh", "bash, zsh, fish or pwsh")]
    public async Task Wrong_usage_is_one_line_that_repeats_no_argument(string command, string reason)
    {
        var run = await Dkv.RunAsync(command.Split(' '), input: (await Dkv.NewKeyAsync()).Select(character => (byte)character).ToArray());

        var error = run.Error[(run.Error.LastIndexOf("dkv: ", StringComparison.Ordinal) is var last and > 0 ? last : 0)..];
        (run with { Error = error }).Failed(2);
        error.Should().Contain(reason).And.NotContain("secret-word").And.NotContain("geb9");
    }

    [Test]
    public async Task A_secret_on_the_command_line_is_accepted_with_a_warning()
    {
        var key = await Dkv.NewKeyAsync();

        var set = (await Dkv.RunAsync(["set", key], "value"u8.ToArray())).Succeeded();
        var get = (await Dkv.RunAsync(["get", key])).Succeeded();
        var name = (await Dkv.RunAsync(["peek", "name"], null, ("DKV_KEY", key))).Failed(3);

        get.Text.Should().Be("value");
        new[] { set.Error, get.Error }.Should().AllSatisfy(error => error.Should().StartWith("dkv: Warning: The key is a secret").And.NotContain(key[3..]));
        name.Error.Should().NotContain("Warning");
    }

    [Test]
    public async Task A_key_file_that_others_can_read_is_a_warning()
    {
        using var folder = new TestFolder();
        var file = folder.Secret("key", await Dkv.NewKeyAsync());
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        var run = await Dkv.RunAsync(["rm", "--key-file", file]);

        run.Succeeded().Error.Should().Be($"dkv: Warning: Other users can read the key in {file}. Run: chmod 600 {file}\n");
    }

    [Test]
    public async Task Databases_are_separate()
    {
        var key = await Dkv.NewKeyAsync();
        using var folder = new TestFolder();
        folder.Secret("dkv/config.json", """{"database": -7}""");

        (await Dkv.RunAsync(["set", "--database", "-7"], "in -7"u8.ToArray(), ("DKV_KEY", key))).Succeeded();

        (await Dkv.RunAsync(["get", "--database", "-7"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("in -7");
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key), ("XDG_CONFIG_HOME", folder.Path))).Succeeded().Text.Should().Be("in -7");
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Failed(3);
        (await Dkv.RunAsync(["rm", "--database", "-7"], null, ("DKV_KEY", key))).Succeeded();
        (await Dkv.RunAsync(["peek", "--database", "-7"], null, ("DKV_KEY", key))).Failed(3);
    }

    [Test]
    public async Task A_passphrase_is_needed_where_one_was_given()
    {
        using var folder = new TestFolder();
        var key = await Dkv.NewKeyAsync();
        var passphrase = folder.Secret("passphrase", "correct horse\n");

        (await Dkv.RunAsync(["set", "--passphrase-file", passphrase], "value"u8.ToArray(), ("DKV_KEY", key))).Succeeded();

        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key), ("DKV_PASSPHRASE", "correct horse"))).Succeeded().Text.Should().Be("value");
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Failed(3);
        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key), ("DKV_PASSPHRASE", "correct horse\n"))).Failed(3).Error.Should().Contain("passphrase is wrong");
        (await Dkv.RunAsync(["get", "--passphrase-file", "-"], "correct horse\r\n"u8.ToArray(), ("DKV_KEY", key))).Succeeded().Text.Should().Be("value");
        (await Dkv.RunAsync(["get", "--passphrase-prompt"], null, ("DKV_KEY", key))).Failed(2).Error.Should().Contain("no terminal");
        (await Dkv.RunAsync(["get", "--passphrase-file", "/dev/null"], null, ("DKV_KEY", key))).Failed(2).Error.Should().Contain("empty");
    }
}
