using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using DumbKv.TestHarness;
using DumbKv.Web.Tokens;

namespace DumbKv.IntegrationTests.Http;

/// <summary>The page at /docs is the OpenAPI document for people.</summary>
public sealed partial class DocsTests
{
    private TestStore _store = null!;
    private TestServer _server = null!;

    private HttpClient Http => _server.Http;

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync();
        _server = await TestServer.StartAsync(_store);
    }

    [TearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [TestCase("write", new[] { "SetValue", "DeleteValue" })]
    [TestCase("all", new[] { "GetValue", "SetValue", "DeleteValue" })]
    public async Task A_token_field_is_where_the_server_requires_a_token(string required, string[] operations)
    {
        await using var store = await TestStore.CreateAsync();
        var file = Path.Combine(store.Folder, "tokens.json");
        TestToken.Write(file, TestToken.Make("reader", "\"read\""));
        await using var server = await TestServer.StartAsync(store, ("TOKENS_FILE", file), ("REQUIRE_TOKEN", required));

        var page = await server.Http.GetStringAsync("/docs");

        Regex.Matches(page, "id=\"(\\w+)-token\"").Select(match => match.Groups[1].Value).Should().BeEquivalentTo(operations);
        (await Http.GetStringAsync("/docs")).Should().NotContain("data-token");
    }

    [Test]
    public async Task The_page_shows_all_that_the_document_says()
    {
        var document = await DocumentAsync();
        var page = await PageAsync();

        var whole = TextOf(page.Root!);
        var info = document["info"]!;
        foreach (var text in new[] { Text(info["title"]), Text(info["version"]), Text(info["description"]), Text(info["license"]!["name"]) })
        {
            whole.Should().Contain(text);
        }

        foreach (var tag in document["tags"]!.AsArray())
        {
            whole.Should().Contain(Text(tag!["description"]));
        }

        foreach (var (name, scheme) in document["components"]!["securitySchemes"]!.AsObject())
        {
            whole.Should().Contain(name).And.Contain(Text(scheme!["description"]));
        }
    }

    [TestCase("post")]
    [TestCase("put")]
    [TestCase("delete")]
    public async Task The_section_of_an_operation_is_complete(string method)
    {
        var document = await DocumentAsync();
        var operation = document["paths"]!["/kv"]![method]!;
        var page = await PageAsync();

        var section = Section(page, Text(operation["operationId"]));

        var text = TextOf(section);
        text.Should().StartWith($"{method.ToUpperInvariant()} /kv {operation["operationId"]}").And.Contain(Text(operation["summary"])).And.Contain(Text(operation["description"]));
        text.Contains("Needs a token", StringComparison.Ordinal).Should().Be(operation["security"] is not null);
        foreach (var sample in operation["x-codeSamples"]!.AsArray())
        {
            text.Should().Contain(Text(sample!["label"])).And.Contain(Text(sample["source"]));
        }

        foreach (var header in operation["parameters"]?.AsArray() ?? [])
        {
            text.Should().Contain(Text(header!["name"])).And.Contain(Text(header["description"]));
        }

        foreach (var (mediaType, content) in operation["requestBody"]!["content"]!.AsObject())
        {
            text.Should().Contain(mediaType);
            var schema = content!["schema"]!;
            var fields = schema["$ref"] is { } reference ? Resolve(document, reference) : schema["allOf"]![0]!;
            var body = section.Descendants("section").Single(part => TextOf(part).StartsWith(mediaType, StringComparison.Ordinal));
            AssertFieldsAreIn(body, fields);
            AssertExamplesAreIn(TextOf(body), content);
        }

        foreach (var (status, response) in operation["responses"]!.AsObject())
        {
            var part = TextOf(ById(page, $"{operation["operationId"]}-{status}"));
            part.Should().StartWith(status).And.Contain(Text(response!["description"]));
            foreach (var (name, header) in response["headers"]?.AsObject() ?? [])
            {
                part.Should().Contain($"{name} ").And.Contain(Text(header!["description"])).And.Contain($"Example: {header["example"]}");
            }

            foreach (var (mediaType, content) in response["content"]!.AsObject())
            {
                part.Should().Contain(mediaType);
                AssertExamplesAreIn(part, content!);
                if (content!["schema"]!["$ref"] is { } reference)
                {
                    part.Should().Contain(NameOf(reference));
                    AssertFieldsAreIn(Section(page, NameOf(reference)), Resolve(document, reference));
                }
            }
        }
    }

    [Test]
    public async Task The_page_is_well_formed_and_its_links_lead_somewhere()
    {
        var page = await PageAsync();

        var ids = page.Descendants().Select(element => (string?)element.Attribute("id")).Where(id => id is not null).ToList();
        ids.Should().OnlyHaveUniqueItems();
        foreach (var reference in page.Descendants().SelectMany(element => new[] { element.Attribute("for"), element.Attribute("aria-describedby") }).Where(value => value is not null))
        {
            ids.Should().Contain(reference!.Value.Split(' '));
        }

        foreach (var address in page.Descendants("a").Select(link => link.Attribute("href")!.Value))
        {
            if (address.StartsWith('#'))
            {
                ids.Should().Contain(address[1..]);
            }
            else
            {
                (await Http.GetAsync(address)).StatusCode.Should().Be(HttpStatusCode.OK, address);
            }
        }
    }

    [Test]
    public async Task The_page_needs_no_exception_from_the_policy()
    {
        var page = await PageAsync();

        page.Descendants().SelectMany(element => element.Attributes()).Should().NotContain(attribute => attribute.Name.LocalName == "style" || attribute.Name.LocalName.StartsWith("on"));
        page.Descendants("script").Should().OnlyContain(script => script.Attribute("src") != null && script.Value.Length == 0);
        page.Descendants().Attributes("src").Concat(page.Descendants("link").Attributes("href")).Should().OnlyContain(address => address.Value.StartsWith('/'));
        page.Descendants("style").Should().BeEmpty();
    }

    [Test]
    public async Task The_page_and_its_files_are_light()
    {
        var page = await PageAsync();
        var addresses = page.Descendants("script").Attributes("src").Concat(page.Descendants("link").Attributes("href")).Concat(page.Descendants("img").Attributes("src"))
            .Select(address => address.Value).Distinct().Prepend("/docs");

        var bytes = 0L;
        foreach (var address in addresses)
        {
            bytes += (await Http.GetByteArrayAsync(address)).Length;
        }

        bytes.Should().BeLessThan(150_000, "a phone loads it; with Swagger UI it was 1.8 MB");
    }

    [Test]
    public async Task A_browser_may_keep_the_page_and_asks_whether_it_changed()
    {
        using var first = await Http.GetAsync("/docs");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/docs") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var unchanged = await Http.SendAsync(again);

        first.Headers.CacheControl!.ToString().Should().Be("no-cache");
        first.Content.Headers.ContentType!.ToString().Should().Be("text/html; charset=utf-8");
        unchanged.StatusCode.Should().Be(HttpStatusCode.NotModified);
        unchanged.Headers.CacheControl!.ToString().Should().Be("no-cache");
        unchanged.Headers.ETag.Should().Be(first.Headers.ETag);
    }

    [TestCase("/docs/")]
    [TestCase("/docs/index.html")]
    [TestCase("/docs/index.html?url=/openapi.json")]
    public async Task An_address_of_earlier_versions_leads_to_the_page(string address)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Http.BaseAddress };

        using var response = await http.GetAsync(address);

        response.StatusCode.Should().Be(HttpStatusCode.MovedPermanently);
        response.Headers.Location!.OriginalString.Should().Be("/docs");
    }

    [Test]
    public async Task Only_a_server_with_tokens_asks_for_one()
    {
        await using var store = await TestStore.CreateAsync();
        await using var guarded = await TestServer.StartAsync(store, ("WRITE_TOKENS", AccessToken.Make().Hash));

        var (open, closed) = (await Http.GetStringAsync("/docs"), await guarded.Http.GetStringAsync("/docs"));

        open.Should().Contain("This server requires no token.").And.NotContain("data-token");
        closed.Should().Contain("This server also requires a token for sets and deletes.");
        Regex.Matches(closed, "data-token ").Should().HaveCount(2, "a set and a delete need it");
    }

    private static void AssertFieldsAreIn(XElement section, JsonNode schema)
    {
        if (schema["description"] is { } description)
        {
            TextOf(section).Should().Contain(Text(description));
        }

        var required = schema["required"]?.AsArray().Select(Text).ToList() ?? [];
        foreach (var (name, field) in schema["properties"]!.AsObject())
        {
            var row = section.Descendants("tr").Where(row => (string?)row.Element("th")?.Element("code") == name).Select(TextOf).Should().ContainSingle(name).Subject;
            row.Should().Contain(required.Contains(name) ? "required" : "optional");
            foreach (var text in new[] { field!["description"], field["minimum"], field["maximum"] }.Concat(field["enum"]?.AsArray() ?? []).Where(value => value is not null))
            {
                row.Should().Contain(Text(text));
            }
        }
    }

    private static void AssertExamplesAreIn(string text, JsonNode content)
    {
        foreach (var (_, example) in content["examples"]?.AsObject() ?? [])
        {
            text.Should().Contain(Text(example!["summary"]));
            AssertIsIn(text, example["value"]!);
        }

        if (content["example"] is { } only)
        {
            AssertIsIn(text, only);
        }
    }

    private static void AssertIsIn(string text, JsonNode example)
    {
        foreach (var (name, value) in example as JsonObject ?? [])
        {
            text.Should().MatchRegex($"\"?{name}\"?: ").And.Contain(value!.ToJsonString(Relaxed).Trim('"'));
        }

        if (example is JsonValue)
        {
            text.Should().Contain(Text(example));
        }
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private async Task<JsonNode> DocumentAsync() => JsonNode.Parse(await Http.GetStringAsync("/openapi.json"))!;

    private async Task<XDocument> PageAsync() => ParseHtml(await Http.GetStringAsync("/docs"));

    /// <summary>Reads HTML as XML, which fails if an element is not closed, an attribute is given twice or a character is not escaped.</summary>
    private static XDocument ParseHtml(string html)
    {
        var xml = html.Replace("<!doctype html>", "", StringComparison.Ordinal);
        xml = VoidElement().Replace(xml, "<$1$2/>");
        string before;
        do
        {
            before = xml;
            xml = BareAttribute().Replace(xml, "$1 $2=\"\"");
        }
        while (xml != before);

        return XDocument.Parse(xml, LoadOptions.PreserveWhitespace);
    }

    private static XElement ById(XDocument page, string id) => page.Descendants().Single(element => (string?)element.Attribute("id") == id);

    private static XElement Section(XDocument page, string id) => ById(page, id).AncestorsAndSelf("section").First();

    private static string TextOf(XElement element) => Spaces().Replace(string.Join(' ', element.DescendantNodes().OfType<XText>().Select(text => text.Value)), " ")
        .Replace(" .", ".", StringComparison.Ordinal).Replace(" ,", ",", StringComparison.Ordinal).Replace(" :", ":", StringComparison.Ordinal).Trim();

    /// <summary>A text of the document as the page shows it.</summary>
    private static string Text(JsonNode? node) => TextOf(new XElement("p", node!.ToString().Replace("`", " ", StringComparison.Ordinal).Replace("**", " ", StringComparison.Ordinal)));

    private static string NameOf(JsonNode reference) => Text(reference).Split('/')[^1];

    private static JsonNode Resolve(JsonNode document, JsonNode reference) => document["components"]!["schemas"]![NameOf(reference)]!;

    [GeneratedRegex("<(meta|link|img|input)([^>]*)>")]
    private static partial Regex VoidElement();

    [GeneratedRegex("""(<[a-z0-9]+(?: [a-z-]+="[^"]*"|\s)*) (?!\s)([a-z-]+)(?=[\s>/])""")]
    private static partial Regex BareAttribute();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
