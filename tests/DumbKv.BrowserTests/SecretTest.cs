using System.Net.Http.Json;
using DumbKv.TestHarness;
using Microsoft.Playwright;

namespace DumbKv.BrowserTests;

/// <summary>A test of the pages that send and open secrets.</summary>
public abstract class SecretTest(StoreKind kind, string host = Chromium.LocalHost) : BrowserTest(kind, host)
{
    protected static readonly HttpClient Client = new();

    protected string SendPage => Home + "send";

    protected ILocator SecretField => Page.GetByLabel("Secret", new() { Exact = true });

    protected ILocator Link => Page.GetByLabel("Link", new() { Exact = true });

    protected ILocator Status => Page.Locator("#status");

    protected ILocator Opening => Page.Locator("#opening");

    protected ILocator SecretText => Page.GetByRole(AriaRole.Region, new() { Name = "The secret" });

    protected ILocator Button(string name, IPage? page = null) => (page ?? Page).GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>Sends a text with the page, and returns the link.</summary>
    protected async Task<string> SendAsync(string text, Func<Task>? change = null)
    {
        await Page.GotoAsync(SendPage);
        await SecretField.FillAsync(text);
        if (change is not null)
        {
            await Button("Change").ClickAsync();
            await change();
        }

        return await CreateLinkAsync();
    }

    protected async Task<string> CreateLinkAsync()
    {
        await Button("Create link").ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Name = "Your link is ready." })).ToBeFocusedAsync();
        return await Link.InputValueAsync();
    }

    /// <summary>Another person opens the link, with a browser of their own.</summary>
    protected async Task<IPage> OpenElsewhereAsync(string link)
    {
        var page = await Context.NewPageAsync();
        await page.GotoAsync(link);
        return page;
    }

    /// <summary>Runs a function of format E1 as another implementation would: in a page of its own.</summary>
    protected async Task<T> WithFormatAsync<T>(string script, object? argument = null)
    {
        var page = await Context.NewPageAsync();
        await page.GotoAsync(Home + "robots.txt");
        var result = await page.EvaluateAsync<T>($"async argument => {{ const e1 = await import('/e1.mjs'); {script} }}", argument);
        await page.CloseAsync();
        return result;
    }

    /// <summary>Stores a secret with the API, as another client does, and returns its link.</summary>
    /// <param name="content">Bytes in base64.</param>
    /// <param name="header">The header of the secret.</param>
    /// <param name="more">Further members of the request.</param>
    /// <param name="name">The name of the entry below the made key.</param>
    /// <param name="database">The database.</param>
    protected async Task<string> StoreAsync(string content, object? header = null, Dictionary<string, object>? more = null, string name = "", int database = 0)
    {
        var made = await WithFormatAsync<string[]>(
            """
            const entry = await e1.derive(e1.makeKey() + argument.name, { database: argument.database });
            const blob = await e1.seal(entry, Uint8Array.from(atob(argument.content), c => c.charCodeAt(0)), argument.header ?? {});
            return [entry.id, btoa(String.fromCharCode(...blob)), e1.formatLink(argument.address, entry)];
            """,
            new { content, header, name, database, address = Home });
        var body = new Dictionary<string, object>(more ?? []) { ["database"] = database, ["key"] = made[0], ["value"] = made[1], ["encoding"] = "base64" };
        (await Client.PutAsJsonAsync(Home + "kv", body)).EnsureSuccessStatusCode();
        return made[2];
    }
}
