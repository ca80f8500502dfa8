namespace DumbKv.CommandLine.Tests;

public sealed class ConfigurationTests
{
    [Test]
    public async Task The_configuration_names_server_key_and_database()
    {
        using var folder = new TestFolder();
        folder.Secret("dkv/config.json", $$"""{"url": "{{SharedServer.Address}}", "key_file": "key", "database": 5}""");
        folder.Secret("dkv/key", await Dkv.NewKeyAsync() + "\n");
        (string, string?)[] environment = [("XDG_CONFIG_HOME", folder.Path), ("DKV_URL", null)];

        (await Dkv.RunAsync(["set", "name"], "value"u8.ToArray(), environment)).Succeeded().Output.Should().BeEmpty();

        (await Dkv.RunAsync(["get", "name"], null, environment)).Succeeded().Text.Should().Be("value");
        (await Dkv.RunAsync(["get", "name", "--database", "0"], null, environment)).Failed(3);
        (await Dkv.RunAsync(["get", "name"], null, ("XDG_CONFIG_HOME", "relative/is/ignored"), ("DKV_URL", null), ("HOME", folder.Path))).Failed(2);
    }

    [Test]
    public async Task The_configuration_is_in_the_home_folder_without_XDG_CONFIG_HOME()
    {
        using var folder = new TestFolder();
        folder.Secret(".config/dkv/config.json", $$"""{"url": "{{SharedServer.Address}}", "key_file": "~/secrets/key"}""");
        folder.Secret("secrets/key", await Dkv.NewKeyAsync());

        (await Dkv.RunAsync(["get"], null, ("XDG_CONFIG_HOME", null), ("HOME", folder.Path), ("DKV_URL", null))).Failed(3);
    }

    [TestCase("{\"urll\": \"https://host\"}", "urll is no setting. The settings are url, token_file, key_file, database")]
    [TestCase("{\"database\": \"1\"}", "database must be a 32-bit integer")]
    [TestCase("{\"url\": 1}", "url must be a text")]
    [TestCase("{\"url\": \"host\"}", "is not the address of a server")]
    [TestCase("[]", "must be a JSON object")]
    [TestCase("{\n\"url\": secret-word\n}", "not JSON, at line 2")]
    [TestCase("", "not JSON")]
    public async Task A_wrong_configuration_is_wrong_usage(string content, string reason)
    {
        using var folder = new TestFolder();
        folder.Secret("dkv/config.json", content);

        var run = await Dkv.RunAsync(["share"], null, ("XDG_CONFIG_HOME", folder.Path), ("DKV_URL", null));

        run.Failed(2).Error.Should().Contain(reason).And.Contain("config.json").And.NotContain("secret-word");
    }

    [Test]
    public async Task A_configuration_that_others_can_read_or_write_is_refused()
    {
        using var folder = new TestFolder();
        var file = folder.Secret("dkv/config.json", "{}");

        foreach (var more in new[] { UnixFileMode.GroupRead, UnixFileMode.OtherRead, UnixFileMode.GroupWrite })
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
            (await Dkv.RunAsync(["share"], null, ("XDG_CONFIG_HOME", folder.Path))).Failed(2).Error.Should().Contain($"chmod 600 {file}");
        }
    }

    [Test]
    public async Task No_server_is_wrong_usage()
    {
        var run = await Dkv.RunAsync(["share"], null, ("DKV_URL", null));

        run.Failed(2).Error.Should().Contain("--url").And.Contain("DKV_URL").And.Contain("config.json");
    }
}
