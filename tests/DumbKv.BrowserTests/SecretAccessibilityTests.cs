using System.Text;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>The pages for secrets: keyboard, screen reader, any width, light and dark.</summary>
[TestFixture(ColorScheme.Light)]
[TestFixture(ColorScheme.Dark)]
public sealed class SecretAxeTests(ColorScheme scheme) : SecretTest(StoreKind.Sqlite)
{
    protected override BrowserNewContextOptions ContextOptions => new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce };

    [Test]
    public async Task Axe_finds_nothing_while_a_secret_is_sent()
    {
        await Page.GotoAsync(SendPage);
        await AssertAxeFindsNothingAsync("empty");
        await Button("Create link").ClickAsync();
        await AssertAxeFindsNothingAsync("an error");
        await Button("Change").ClickAsync();
        await Page.GetByLabel("Passphrase").FillAsync("words");
        await AssertAxeFindsNothingAsync("the options");
        await Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "a.bin", MimeType = "", Buffer = [1] });
        await AssertAxeFindsNothingAsync("a file");
        await CreateLinkAsync();
        await Button("Show QR code").ClickAsync();
        await Button("Copy link").ClickAsync();
        await Button("Has it been read?").ClickAsync();
        await Expect(Status).ToContainTextAsync("Not read yet.");
        await AssertAxeFindsNothingAsync("a link");
        await Button("Delete it now").ClickAsync();
        await AssertAxeFindsNothingAsync("a question");
        await Button("Delete it").ClickAsync();
        await Expect(Status).ToContainTextAsync("The link no longer works.");
        await AssertAxeFindsNothingAsync("deleted");
    }

    [Test]
    public async Task Axe_finds_nothing_while_a_link_is_opened()
    {
        await Page.GotoAsync(Home + "#key=e1-");
        await Expect(Page.GetByText("incomplete or damaged")).ToBeVisibleAsync();
        await AssertAxeFindsNothingAsync("a damaged link");

        await Page.GotoAsync(Home + "#key=e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw&passphrase=1");
        await Page.GetByLabel("Passphrase").FillAsync("wrong");
        await Button("Continue").ClickAsync();
        await Expect(Page.GetByText("Wrong passphrase")).ToBeVisibleAsync();
        await AssertAxeFindsNothingAsync("a wrong passphrase");

        await Page.GotoAsync("about:blank");
        await Page.GotoAsync(await StoreAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes("text " + new string('x', 3_000))), new { name = "a.txt" }));
        await Expect(Button("Show the secret")).ToBeVisibleAsync();
        await AssertAxeFindsNothingAsync("what awaits");
        await Button("Show the secret").ClickAsync();
        await Button("Copy").ClickAsync();
        await AssertAxeFindsNothingAsync("the secret");
    }
}

/// <inheritdoc cref="SecretAxeTests"/>
public sealed class SecretAccessibilityTests() : SecretTest(StoreKind.Sqlite)
{
    [TestCase(320)]
    [TestCase(390)]
    [TestCase(820)]
    [TestCase(1280)]
    [TestCase(3840)]
    public async Task Nothing_scrolls_sideways(int width)
    {
        await Page.SetViewportSizeAsync(width, 800);
        await Page.GotoAsync(SendPage);
        await AssertNothingScrollsSidewaysAsync();
        await Button("Change").ClickAsync();
        await AssertNothingScrollsSidewaysAsync();
        await Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = new string('n', 200) + ".txt", MimeType = "text/plain", Buffer = [(byte)'x'] });
        await AssertNothingScrollsSidewaysAsync();
        var link = await CreateLinkAsync();
        await Button("Show QR code").ClickAsync();
        await AssertNothingScrollsSidewaysAsync();
        await Button("Delete it now").ClickAsync();
        await AssertNothingScrollsSidewaysAsync();

        await Page.GotoAsync(link);
        await Button("Show the secret").ClickAsync();
        await Expect(SecretText).ToBeVisibleAsync();
        await AssertNothingScrollsSidewaysAsync();
    }

    [Test]
    public async Task A_secret_is_sent_and_opened_with_the_keyboard_alone()
    {
        await Page.GotoAsync(SendPage);
        await TabToAsync(SecretField);
        await Page.Keyboard.TypeAsync("typed");
        await TabToAsync(Button("Change"));
        await Page.Keyboard.PressAsync("Enter");
        await TabToAsync(Page.GetByLabel("Passphrase"));
        await Page.Keyboard.TypeAsync("words");
        await TabToAsync(Button("Create link"));
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Name = "Your link is ready." })).ToBeFocusedAsync();
        await TabToAsync(Button("Show QR code"));
        await Page.Keyboard.PressAsync("Enter");
        var link = await Link.InputValueAsync();

        await Page.GotoAsync(link);
        await Expect(Page.Locator("#opening-message")).ToBeFocusedAsync();
        await TabToAsync(Page.GetByLabel("Passphrase"));
        await Page.Keyboard.TypeAsync("words");
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Locator("#opening-message")).ToHaveTextAsync(new Regex("^It can be shown once."));
        await Expect(Page.Locator("#opening-message")).ToBeFocusedAsync();
        await TabToAsync(Button("Show the secret"));
        await Page.Keyboard.PressAsync("Enter");
        await Expect(SecretText).ToHaveTextAsync("typed");
        await TabToAsync(Button("Copy"));
    }

    [Test]
    public async Task Values_and_secrets_link_to_each_other()
    {
        await OpenAsync();
        await Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Send a secret" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(SendPage);
        await Expect(Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Send a secret" })).ToHaveAttributeAsync("aria-current", "page");

        await Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Values" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(Home);
        await Expect(KeyField).ToBeVisibleAsync();
    }

    private async Task TabToAsync(ILocator target)
    {
        await target.WaitForAsync();
        for (var stops = 0; stops < 20; stops++)
        {
            await Page.Keyboard.PressAsync("Tab");
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }
        }

        Assert.Fail($"Tab does not reach {target}.");
    }
}
