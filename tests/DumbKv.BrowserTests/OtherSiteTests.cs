using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>What a page of another site can do to the server, with the headers of a real browser.</summary>
[TestFixture(Chromium.LocalHost, true)]
[TestFixture(Chromium.LocalHost, false)]
[TestFixture(Chromium.LanHost, true)]
[TestFixture(Chromium.LanHost, false)]
public sealed class OtherSiteTests(string host, bool javaScript) : BrowserTest(StoreKind.Sqlite, host)
{
    protected override BrowserNewContextOptions ContextOptions => new() { JavaScriptEnabled = javaScript };

    [TestCase("no-referrer")]
    [TestCase("unsafe-url")]
    public async Task Its_form_is_refused_with_a_page_that_explains_why_and_links_to_the_servers_page(string referrerPolicy)
    {
        await Page.RouteAsync($"http://{Chromium.EvilHost}/", route => route.FulfillAsync(new()
        {
            ContentType = "text/html",
            Headers = new Dictionary<string, string> { ["Referrer-Policy"] = referrerPolicy, ["Content-Type"] = "text/html" },
            Body = $"""
                <form method="post" action="{Home}">
                  <input name="database" value="0"><input name="key" value="{Key}"><input name="value" value="forged">
                  <button name="action" value="set">Win a prize</button>
                </form>
                """,
        }));
        await Page.GotoAsync($"http://{Chromium.EvilHost}/");

        var answer = await Page.RunAndWaitForResponseAsync(
            () => Page.GetByRole(AriaRole.Button, new() { Name = "Win a prize" }).ClickAsync(), response => response.Request.Method == "POST");

        answer.Status.Should().Be(403);
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Name = "This form was posted by another site's page." })).ToBeVisibleAsync();
        if (javaScript)
        {
            await AssertAxeFindsNothingAsync("a form of another site");
        }

        await Page.GetByRole(AriaRole.Link, new() { Name = "Open the page" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(Home);
        await KeyField.FillAsync(Key);
        (await PressAsync("Get")).Status.Should().Be(404);
    }

    [Test]
    public async Task A_request_with_its_host_name_is_refused_with_a_page_that_names_the_setting()
    {
        // The server refuses the style sheet for this name too, and the browser would log an error.
        await Page.RouteAsync("**/site.css", route => route.FulfillAsync(new() { ContentType = "text/css" }));

        var answer = await Page.GotoAsync(HomeAt(Chromium.EvilHost));

        answer!.Status.Should().Be(400);
        await Expect(Page.GetByText("ALLOWED_HOSTS")).ToBeVisibleAsync();
        await Expect(KeyField).ToBeHiddenAsync();
    }
}
