using System.Text.RegularExpressions;
using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>Keyboard, screen reader, any width, light and dark.</summary>
[TestFixtureSource(nameof(Schemes))]
public sealed class AxeTests(StoreKind kind, ColorScheme scheme) : BrowserTest(kind)
{
    // The page looks the same with each database, and these tests take long, so each runs once.
    private static IEnumerable<TestFixtureData> Schemes =>
        [new(StoreKind.Sqlite, ColorScheme.Light), new(Stores.All.Last(), ColorScheme.Dark)];

    protected override BrowserNewContextOptions ContextOptions => new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce };

    [Test]
    public async Task Axe_finds_nothing_in_any_state_of_the_page()
    {
        await OpenAsync();
        await AssertAxeFindsNothingAsync("empty");

        await Page.GetByText("Expiry and read once").ClickAsync();
        await Page.GetByLabel("The value expires").SelectOptionAsync("On a date");
        await SetAsync("the value");
        await AssertAxeFindsNothingAsync("an error at the date, the options open");

        await Page.GetByLabel("The value expires").SelectOptionAsync("In 1 day");
        await SetAsync("the value");
        await AssertAxeFindsNothingAsync("stored");

        await SetAsync("another");
        await AssertAxeFindsNothingAsync("a question");

        await GetAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Get a link" }).ClickAsync();
        await Expect(Page.Locator("#link-copied")).Not.ToBeEmptyAsync();
        await AssertAxeFindsNothingAsync("a value shown, a link made");

        await KeyField.FillAsync("");
        await PressAsync("Get");
        await AssertAxeFindsNothingAsync("an error at the key");

        await Page.GotoAsync(Home + "#database=0&key=" + Key + "-missing");
        await AssertAxeFindsNothingAsync("a link opened");
        await PressAsync("Get");
        await AssertAxeFindsNothingAsync("nothing found");
    }
}

/// <inheritdoc cref="AxeTests"/>
[TestFixtureSource(typeof(Databases), nameof(Databases.OfThePage))]
public sealed class AccessibilityTests(StoreKind kind) : BrowserTest(kind)
{
    [Test]
    public async Task Everything_can_be_done_with_the_keyboard_alone()
    {
        await OpenAsync();

        await TabToAsync(KeyField);
        await Page.Keyboard.TypeAsync(Key);
        await TabToAsync(ValueField);
        await Page.Keyboard.TypeAsync("typed");
        await TabToAsync(Page.GetByText("Expiry and read once").Locator("xpath=ancestor-or-self::summary"));
        await Page.Keyboard.PressAsync("Enter");
        await TabToAsync(Page.GetByLabel("The value expires"));
        await Page.Keyboard.TypeAsync("In 7");
        await TabToAsync(Button("Set"));
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Result).ToContainTextAsync("The value is stored.");

        // The question gets the focus, and its button is the next stop.
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Result.Locator("#message")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Tab");
        await Expect(Button("Replace it")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Result).ToContainTextAsync("The value is stored.");
        await Expect(Result.Locator("#message")).ToBeFocusedAsync();

        // Enter in the key field reads the value.
        await KeyField.FocusAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Shown).ToHaveTextAsync("typed");
        await Expect(Shown).ToBeVisibleAsync();

        await KeyField.FocusAsync();
        await TabToAsync(Button("Delete"));
        await Page.Keyboard.PressAsync("Enter");
        await TabToAsync(Button("Delete it"));
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Result).ToContainTextAsync("There is no value under this key now.");
    }

    [Test]
    public async Task The_focus_can_be_seen_on_every_stop()
    {
        await OpenAsync();
        await KeyField.FocusAsync();

        foreach (var stop in new[] { "database", "make-key", "value", "choose-file", "", "get", "set", "delete" })
        {
            await Page.Keyboard.PressAsync("Tab");
            var outline = await Page.EvaluateAsync<string>("(() => { const s = getComputedStyle(document.activeElement); return `${s.outlineStyle} ${s.outlineWidth} ${document.activeElement.id || document.activeElement.value || ''}`; })()");
            outline.Should().Be("solid 3px " + stop);
        }
    }

    [Test]
    public async Task Results_are_announced_where_they_appear()
    {
        await OpenAsync();

        await Expect(Result).ToHaveAttributeAsync("aria-live", "polite");
        var region = await Result.ElementHandleAsync();
        await SetAsync("the value");

        (await region!.EvaluateAsync<bool>("element => element.isConnected && element.textContent.includes('The value is stored.')"))
            .Should().BeTrue("a live region is read aloud only if it stays in the page and its content changes");
    }

    [Test]
    public async Task The_key_is_neither_completed_nor_checked_nor_translated_by_the_browser()
    {
        await OpenAsync();

        foreach (var field in new[] { KeyField, ValueField })
        {
            await Expect(field).ToHaveAttributeAsync("autocomplete", "off");
            await Expect(field).ToHaveAttributeAsync("spellcheck", "false");
            await Expect(field).ToHaveAttributeAsync("autocapitalize", "none");
            await Expect(field).ToHaveAttributeAsync("translate", "no");
        }
    }

    [Test]
    public async Task Nothing_moves_with_prefers_reduced_motion()
    {
        await Page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        await OpenAsync();

        await Expect(Button("Get")).ToHaveCSSAsync("transition-property", "none");
    }

    [TestCase(320)]
    [TestCase(360)]
    [TestCase(768)]
    [TestCase(1280)]
    [TestCase(3840)]
    public async Task Nothing_scrolls_sideways(int width)
    {
        await Page.SetViewportSizeAsync(width, 800);
        await OpenAsync();
        await AssertNothingScrollsSidewaysAsync();

        await Page.GetByText("Expiry and read once").ClickAsync();
        await Page.GetByLabel("The value expires").SelectOptionAsync("On a date");
        await SetAsync(new string('x', 500));
        await AssertNothingScrollsSidewaysAsync();

        await Page.GetByLabel("The value expires").SelectOptionAsync("In 1 day");
        await SetAsync(new string('x', 500));
        await AssertNothingScrollsSidewaysAsync();
        await SetAsync("y");
        await AssertNothingScrollsSidewaysAsync();

        await GetAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Get a link" }).ClickAsync();
        await AssertNothingScrollsSidewaysAsync();
    }

    [Test]
    public async Task The_docs_stay_within_their_policy_and_write_no_error()
    {
        await OpenAsync();

        await Page.GetByRole(AriaRole.Link, new() { Name = "API docs" }).ClickAsync();

        await Expect(Page).ToHaveURLAsync(new Regex("/docs"));
        await Expect(Page.GetByText("/kv").First).ToBeVisibleAsync();
        await Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
    }

    private ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

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
