using System.Diagnostics;
using System.Text;
using DumbKv.TestHarness;

namespace DumbKv.BrowserTests;

/// <summary>What the page sends, dkv opens, and the other way round.</summary>
[TestFixture(StoreKind.Sqlite)]
public sealed class CommandLineClientTests(StoreKind kind) : SecretTest(kind)
{
    private const string Text = "naïve 🔑\nsecond line, no line break at the end";

    [Test]
    public async Task Dkv_opens_what_the_page_sends()
    {
        var link = await SendAsync(Text);

        (await RunAsync(["open", "--yes", "-"], link)).Should().Be(Text);
    }

    [Test]
    public async Task Dkv_opens_what_the_page_sends_with_a_passphrase()
    {
        var link = await SendAsync(Text, () => Page.GetByLabel("Passphrase").FillAsync("correct horse é"));

        (await RunAsync(["open", "--yes", "-"], link, ("DKV_PASSPHRASE", "correct horse é"))).Should().Be(Text);
    }

    [Test]
    public async Task The_page_opens_what_dkv_shares()
    {
        var link = (await RunAsync(["share"], Text)).TrimEnd('\n');

        await Page.GotoAsync(link);
        await Button("Show the secret").ClickAsync();

        (await SecretText.InnerTextAsync()).Should().Be(Text);
    }

    [Test]
    public async Task The_page_opens_what_dkv_shares_with_a_passphrase()
    {
        var link = (await RunAsync(["share"], Text, ("DKV_PASSPHRASE", "correct horse é"))).TrimEnd('\n');

        await Page.GotoAsync(link);
        await Page.GetByLabel("Passphrase").FillAsync("correct horse é");
        await Button("Continue").ClickAsync();
        await Button("Show the secret").ClickAsync();

        (await SecretText.InnerTextAsync()).Should().Be(Text);
    }

    [Test]
    public async Task The_page_opens_the_link_of_an_entry_with_a_name_and_downloads_bytes()
    {
        var key = (await RunAsync(["key"], "")).TrimEnd('\n');
        var link = (await RunAsync(["set", "files/logo", "--database", "7", "--link"], "\0\u0001\u00ff", ("DKV_KEY", key), ("DKV_PASSPHRASE", "of the namespace"))).TrimEnd('\n');

        await Page.GotoAsync(link);
        await Button("Show the secret").ClickAsync();
        var download = await Page.RunAndWaitForDownloadAsync(() => Button("Download secret.bin").ClickAsync());

        (await File.ReadAllBytesAsync(await download.PathAsync())).Should().Equal(0, 1, 255);
    }

    /// <summary>Runs dkv: the native binary that DKV_TEST_BINARY names, or the build for .NET. Input that begins with NUL is Latin-1.</summary>
    private async Task<string> RunAsync(string[] arguments, string input, params (string Name, string Value)[] environment)
    {
        var native = Environment.GetEnvironmentVariable("DKV_TEST_BINARY");
        string[] command = native is null ? ["dotnet", Path.Combine(AppContext.BaseDirectory, "dkv.dll"), .. arguments] : [native, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["XDG_CONFIG_HOME"] = "/nonexistent";
        start.Environment["DKV_URL"] = Home;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var bytes = input.StartsWith('\0') ? Encoding.Latin1.GetBytes(input) : Encoding.UTF8.GetBytes(input);
        await process.StandardInput.BaseStream.WriteAsync(bytes);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, await error);
        return output;
    }
}
