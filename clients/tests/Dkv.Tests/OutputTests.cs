using System.Text.Json;

namespace DumbKv.CommandLine.Tests;

public sealed class OutputTests
{
    [Test]
    public async Task Out_writes_a_file_for_its_owner_and_replaces_one()
    {
        using var folder = new TestFolder();
        var key = await SetAsync("value"u8.ToArray());
        await File.WriteAllTextAsync(folder.File("out"), "a longer older content");
        File.CreateSymbolicLink(folder.File("link"), folder.File("out"));

        (await Dkv.ShellAsync("umask 0; dkv get --out link", folder.Path, ("DKV_KEY", key))).Succeeded();

        (await File.ReadAllTextAsync(folder.File("out"))).Should().Be("value");
        File.GetUnixFileMode(folder.File("out")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        new FileInfo(folder.File("link")).LinkTarget.Should().Be(folder.File("out"));
        Directory.GetFileSystemEntries(folder.Path).Should().HaveCount(2);
    }

    [TestCase("/no/such/folder/out")]
    [TestCase("/")]
    [TestCase("/dev/full")]
    [TestCase("/proc/self/out")]
    public async Task A_file_that_cannot_be_written_costs_no_read_once_value(string path)
    {
        var key = await SetAsync("value"u8.ToArray(), "--once");

        (await Dkv.RunAsync(["get", "--out", path], null, ("DKV_KEY", key))).Failed(2);

        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("value");
    }

    [Test]
    public async Task A_failed_get_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder.File("out"), "old");

        (await Dkv.RunAsync(["get", "--out", folder.File("out")], null, ("DKV_KEY", await Dkv.NewKeyAsync()))).Failed(3);

        (await File.ReadAllTextAsync(folder.File("out"))).Should().Be("old");
        Directory.GetFileSystemEntries(folder.Path).Should().HaveCount(1);
    }

    [Test]
    public async Task A_full_disk_leaves_nothing_behind()
    {
        using var folder = new TestFolder();
        var key = await SetAsync(new byte[200_000]);

        // A limit of the shell on the size of files is a full disk that needs no mount.
        var run = await Dkv.ShellAsync("trap '' XFSZ; ulimit -f 64; dkv get --out out", folder.Path, ("DKV_KEY", key), ("DOTNET_EnableWriteXorExecute", "0"));

        run.Failed(1).Error.Should().Contain("cannot be written");
        Directory.GetFileSystemEntries(folder.Path).Should().BeEmpty();
    }

    [Test]
    public async Task Standard_output_that_cannot_be_written_is_an_error()
    {
        var key = await SetAsync("value"u8.ToArray());

        (await Dkv.ShellAsync("dkv get > /dev/full", null, ("DKV_KEY", key))).Failed(1).Error.Should().Contain("No space left");
    }

    [TestCase("dkv get >&-", 1, "Standard output is closed")]
    [TestCase("dkv set --overwrite <&-", 2, "Standard input is closed")]
    [TestCase("dkv get --key-file - <&-", 2, "Standard input is closed")]
    public async Task A_closed_stream_is_an_error_and_no_other_file_takes_its_place(string command, int exitCode, string reason)
    {
        var key = await SetAsync("value"u8.ToArray());

        (await Dkv.ShellAsync(command, null, ("DKV_KEY", key))).Failed(exitCode).Error.Should().Contain(reason);

        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("value");
    }

    [Test]
    public async Task A_read_once_value_is_not_lost_to_a_closed_stream()
    {
        var key = await Dkv.NewKeyAsync();
        (await Dkv.RunAsync(["set", "--once"], "value"u8.ToArray(), ("DKV_KEY", key))).Succeeded();

        (await Dkv.ShellAsync("dkv get >&-", null, ("DKV_KEY", key))).Failed(1);

        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("value");
    }

    [Test]
    public async Task A_signal_ends_a_command_whose_reader_does_not_read()
    {
        var key = await SetAsync(new byte[1_000_000]);

        using var folder = new TestFolder();

        var run = await Dkv.ShellAsync("mkfifo pipe; sleep 60 < pipe & reader=$!; exec 3> pipe; timeout --preserve-status 2 dkv get >&3; echo $?; kill $reader", folder.Path, ("DKV_KEY", key));

        run.Text.Should().Be("143\n");
    }

    [Test]
    public async Task A_file_in_shared_memory_is_a_file()
    {
        var key = await SetAsync("value"u8.ToArray());

        (await Dkv.ShellAsync("f=/dev/shm/dkv-test-$$; dkv get --out $f; cat $f; rm $f", null, ("DKV_KEY", key))).Succeeded().Text.Should().Be("value");
    }

    [Test]
    public async Task A_pipe_that_is_closed_early_ends_the_command_quietly()
    {
        var key = await SetAsync(new byte[1_000_000]);

        var run = await Dkv.ShellAsync("dkv get | head -c 1 | od -An -tu1; echo ${PIPESTATUS[0]}", null, ("DKV_KEY", key));

        run.Text.Should().Be("   0\n141\n");
        run.Error.Should().BeEmpty();
    }

    [Test]
    public async Task Output_is_appended_where_the_shell_says_so()
    {
        using var folder = new TestFolder();
        var key = await SetAsync("value"u8.ToArray());

        await Dkv.ShellAsync("{ echo before; dkv get; echo; dkv get; echo; } > out; dkv get >> out", folder.Path, ("DKV_KEY", key));

        (await File.ReadAllTextAsync(folder.File("out"))).Should().Be("before\nvalue\nvalue\nvalue");
    }

    [Test]
    public async Task Json_has_the_value_as_text_or_base64()
    {
        var (text, bytes) = (await SetAsync("grüße \"\n"u8.ToArray()), await SetAsync([0, 255], "--ttl", "1h", "--once"));

        using var first = JsonDocument.Parse((await Dkv.RunAsync(["get", "--json"], null, ("DKV_KEY", text))).Succeeded().Output);
        using var second = JsonDocument.Parse((await Dkv.RunAsync(["get", "--json"], null, ("DKV_KEY", bytes))).Succeeded().Output);

        first.RootElement.GetProperty("value").GetString().Should().Be("grüße \"\n");
        first.RootElement.GetProperty("encoding").GetString().Should().Be("text");
        first.RootElement.GetProperty("once").GetBoolean().Should().BeFalse();
        first.RootElement.TryGetProperty("expires_at", out _).Should().BeFalse();
        first.RootElement.GetProperty("etag").GetString().Should().StartWith("\"");
        second.RootElement.GetProperty("value").GetBytesFromBase64().Should().Equal(0, 255);
        second.RootElement.GetProperty("encoding").GetString().Should().Be("base64");
        second.RootElement.GetProperty("once").GetBoolean().Should().BeTrue();
        second.RootElement.GetProperty("expires_at").GetDateTimeOffset().Should().BeAfter(TimeProvider.System.GetUtcNow());
    }

    [Test]
    public async Task Set_with_json_has_the_new_key_and_the_link()
    {
        var run = (await Dkv.RunAsync(["set", "--json", "--link", "--ttl", "1h"], "value"u8.ToArray())).Succeeded();

        using var json = JsonDocument.Parse(run.Output);
        var (key, link) = (json.RootElement.GetProperty("key").GetString(), json.RootElement.GetProperty("link").GetString());
        link.Should().Be($"{SharedServer.Address}#key={key}");
        run.Text.Should().EndWith("}\n");
    }

    [Test]
    public async Task Help_and_version_are_on_standard_output_without_colors()
    {
        foreach (var arguments in new string[][] { ["--help"], ["set", "--help"], ["--version"], ["completion", "bash"] })
        {
            var run = (await Dkv.RunAsync(arguments, null, ("TERM", "xterm-256color"))).Succeeded();
            run.Error.Should().BeEmpty();
            run.Text.Should().NotBeEmpty().And.NotContain("\u001b");
        }
    }

    private static async Task<string> SetAsync(byte[] value, params string[] options)
    {
        var key = await Dkv.NewKeyAsync();
        (await Dkv.RunAsync(["set", .. options], value, ("DKV_KEY", key))).Succeeded();
        return key;
    }
}
