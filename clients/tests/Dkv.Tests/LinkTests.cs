using System.Text;
using System.Text.Json;

namespace DumbKv.CommandLine.Tests;

public sealed class LinkTests
{
    [Test]
    public async Task Share_prints_a_link_that_opens_once()
    {
        var share = (await Dkv.RunAsync(["share"], "hunter2"u8.ToArray())).Succeeded();
        var link = share.Text.TrimEnd('\n');

        link.Should().MatchRegex($"^{SharedServer.Address}#key=e1(-[346789abcdefghjkmnpqrtwxy]{{4}}){{7}}$");
        share.Error.Should().BeEmpty();
        var peek = (await Dkv.RunAsync(["peek", "--json", "-"], Encoding.UTF8.GetBytes(link))).Succeeded();
        using var about = JsonDocument.Parse(peek.Output);
        about.RootElement.GetProperty("once").GetBoolean().Should().BeTrue();
        about.RootElement.GetProperty("expires_at").GetDateTimeOffset().Should().BeCloseTo(TimeProvider.System.GetUtcNow().AddDays(1), TimeSpan.FromMinutes(5));
        (await Dkv.RunAsync(["open", "--yes", "-"], Encoding.UTF8.GetBytes(link + "\n"))).Succeeded().Text.Should().Be("hunter2");
        (await Dkv.RunAsync(["open", "--yes", "-"], Encoding.UTF8.GetBytes(link))).Failed(7);
    }

    [Test]
    public async Task Open_without_a_terminal_and_without_yes_reads_nothing()
    {
        var link = (await Dkv.RunAsync(["share"], "hunter2"u8.ToArray())).Succeeded().Output;

        (await Dkv.RunAsync(["open", "-"], link)).Failed(2).Error.Should().Contain("--yes");
        (await Dkv.RunAsync(["open", "--yes"])).Failed(2).Error.Should().Contain("no terminal to ask for the link");

        (await Dkv.RunAsync(["peek", "-"], link)).Succeeded();
    }

    [Test]
    public async Task A_shared_file_has_its_name_and_its_bytes()
    {
        using var folder = new TestFolder();
        await File.WriteAllBytesAsync(folder.File("logo.png"), [0x89, 0x50, 0xff, 0]);
        var link = (await Dkv.RunAsync(["share", "--file", folder.File("logo.png"), "--ttl", "90s"])).Succeeded().Output;

        var run = (await Dkv.RunAsync(["open", "--yes", "--json", "-"], link)).Succeeded();

        using var json = JsonDocument.Parse(run.Output);
        json.RootElement.GetProperty("value").GetString().Should().Be("iVD/AA==");
        json.RootElement.GetProperty("encoding").GetString().Should().Be("base64");
        json.RootElement.GetProperty("name").GetString().Should().Be("logo.png");
        json.RootElement.GetProperty("type").GetString().Should().Be("application/octet-stream");
    }

    [Test]
    public async Task A_link_with_a_passphrase_needs_it()
    {
        using var folder = new TestFolder();
        var passphrase = folder.Secret("passphrase", "correct horse\n");
        var link = (await Dkv.RunAsync(["share", "--passphrase-file", passphrase, "--database", "7"], "hunter2"u8.ToArray())).Succeeded();

        link.Text.Should().EndWith("&database=7&passphrase=1\n");
        (await Dkv.RunAsync(["open", "--yes", "-"], link.Output)).Failed(2).Error.Should().Contain("--passphrase-file");
        (await Dkv.RunAsync(["open", "--yes", "-"], link.Output, ("DKV_PASSPHRASE", "wrong"))).Failed(3).Error.Should().Contain("Nothing was read");

        // The variable is the passphrase for another server, which this one could guess.
        (await Dkv.RunAsync(["open", "--yes", "-"], link.Output, ("DKV_PASSPHRASE", "correct horse"), ("DKV_URL", "https://dumbkv.example.com")))
            .Failed(2).Error.Should().Contain("--passphrase-file");
        (await Dkv.RunAsync(["open", "--yes", "-", "--passphrase-file", passphrase], link.Output)).Succeeded().Text.Should().Be("hunter2");
    }

    [Test]
    public async Task The_link_of_a_named_entry_opens_this_entry_alone()
    {
        var key = await Dkv.NewKeyAsync();
        var link = (await Dkv.RunAsync(["set", "db/password", "--link"], "hunter2"u8.ToArray(), ("DKV_KEY", key))).Succeeded().Text;

        link.Should().NotContain(key);
        (await Dkv.RunAsync(["get", "-"], Encoding.UTF8.GetBytes(link), ("DKV_URL", null))).Succeeded().Text.Should().Be("hunter2");
        (await Dkv.RunAsync(["peek", "db/password", "--link"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Contain(link.TrimEnd());
        (await Dkv.RunAsync(["rm", "-"], Encoding.UTF8.GetBytes(link))).Succeeded();
        (await Dkv.RunAsync(["get", "db/password"], null, ("DKV_KEY", key))).Failed(3);
    }

    [TestCase("#key=e1-geb9")]
    [TestCase("#key=e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw&database=0")]
    [TestCase("#key=e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw&passphrase=2")]
    [TestCase("#key=e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw&passphrase=1&database=7")]
    [TestCase("#database=0&key=")]
    [TestCase("#database=0&key=%ff")]
    [TestCase("#database=0&key=a&key=b")]
    [TestCase("#database=0&key=e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw")]
    [TestCase("#other=1&key=a")]
    [TestCase("")]
    public async Task A_damaged_link_is_wrong_usage(string fragment)
    {
        var run = await Dkv.RunAsync(["get", "-"], Encoding.UTF8.GetBytes(SharedServer.Address + fragment));

        run.Failed(2).Error.Should().Contain("incomplete or damaged").And.NotContain("geb9");
    }

    [Test]
    public async Task A_plain_link_of_the_page_is_read()
    {
        var key = $"grüße & more {await Dkv.NewPlainKeyAsync()} 100%";
        (await Dkv.RunAsync(["set", "--plain", "--database", "3"], "value"u8.ToArray(), ("DKV_KEY", key))).Succeeded();
        var link = $"{SharedServer.Address}#database=3&key={Uri.EscapeDataString(key)}";

        (await Dkv.RunAsync(["get", "-"], Encoding.UTF8.GetBytes(link), ("DKV_URL", null))).Succeeded().Text.Should().Be("value");
        (await Dkv.RunAsync(["peek", "--plain", "--link", "--database", "3"], null, ("DKV_KEY", key))).Succeeded().Text.Should().Contain(link);
        (await Dkv.RunAsync(["open", "--yes", link])).Succeeded().Error.Should().StartWith("dkv: Warning: The link is a secret");
    }

    [Test]
    public async Task A_token_goes_only_to_the_server_that_it_is_configured_for()
    {
        using var folder = new TestFolder();
        var token = folder.Secret("token", "token-of-the-server\n");
        folder.Secret("dkv/config.json", """{"url": "https://dumbkv.example", "token_file": "../token"}""");
        var links = new List<DkvResult>();
        await using var other = CannedServer.Start("HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\n", "{\"detail\": \"A token is needed.\"}"u8.ToArray());
        var link = Encoding.UTF8.GetBytes($"{other.Address}/#key={await Dkv.NewKeyAsync()}");

        links.Add(await Dkv.RunAsync(["get", "-"], link, ("DKV_TOKEN", "token-of-the-server"), ("DKV_URL", "https://dumbkv.example")));
        links.Add(await Dkv.RunAsync(["get", "-"], link, ("DKV_TOKEN", "token-of-the-server"), ("DKV_URL", null)));
        links.Add(await Dkv.RunAsync(["get", "-"], link, ("DKV_TOKEN_FILE", token), ("DKV_URL", "https://dumbkv.example")));
        links.Add(await Dkv.RunAsync(["open", "--yes", "-", "--token-file", token, "--url", $"{other.Address}/elsewhere"], link));
        links.Add(await Dkv.RunAsync(["get", "-"], link, ("XDG_CONFIG_HOME", folder.Path), ("DKV_URL", null)));
        links.Add(await Dkv.RunAsync(["get", "-"], link, ("XDG_CONFIG_HOME", folder.Path), ("DKV_URL", other.Address)));

        links.Should().AllSatisfy(run => run.Failed(6).Error.Should().Contain("token was not sent"));
        other.Requests.Should().HaveCountGreaterThanOrEqualTo(6).And.AllSatisfy(request => request.Should().NotContain("token-of"));

        (await Dkv.RunAsync(["get", "-"], link, ("DKV_TOKEN", "token-of-the-server"), ("DKV_URL", other.Address))).Failed(6).Error.Should().NotContain("not sent");
        other.Requests.Last().Should().Contain("Authorization: Bearer token-of-the-server\r\n");
    }

    [Test]
    public async Task Share_draws_a_QR_code_that_a_camera_reads()
    {
        var share = (await Dkv.RunAsync(["share", "--qr"], "hunter2"u8.ToArray())).Succeeded();

        share.Error.Should().NotContain("\u001b", "standard error is no terminal");
        QrReader.Read(share.Error).Should().Be(share.Text.TrimEnd('\n'));
    }
}
