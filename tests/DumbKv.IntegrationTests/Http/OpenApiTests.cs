using System.Text.Json;
using System.Text.Json.Nodes;
using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests.Http;

public sealed class OpenApiTests
{
    private TestStore _store = null!;
    private TestServer _server = null!;

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

    [Test]
    public async Task The_document_in_docs_is_the_one_that_is_served()
    {
        var served = await _server.Http.GetStringAsync("/openapi.json");
        var documented = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "openapi.json"));

        JsonNode.DeepEquals(JsonNode.Parse(served), JsonNode.Parse(documented)).Should().BeTrue(
            "docs/openapi.json is the contract that reviews see. After a change, write it again: curl -s localhost:8000/openapi.json > docs/openapi.json");
    }

    [TestCase("post", "GetValue", new[] { "200", "400", "401", "403", "404", "408", "410", "413", "415", "429", "500", "503", "507" })]
    [TestCase("put", "SetValue", new[] { "200", "400", "401", "403", "408", "409", "412", "413", "415", "500", "503", "507" })]
    [TestCase("delete", "DeleteValue", new[] { "200", "400", "401", "403", "408", "412", "413", "415", "500", "503", "507" })]
    public async Task Every_operation_has_a_name_examples_and_all_its_responses(string method, string name, string[] statuses)
    {
        using var document = JsonDocument.Parse(await _server.Http.GetStringAsync("/openapi.json"));
        var operation = document.RootElement.GetProperty("paths").GetProperty("/kv").GetProperty(method);

        operation.GetProperty("operationId").GetString().Should().Be(name);
        var bodies = operation.GetProperty("requestBody").GetProperty("content").EnumerateObject().ToList();
        bodies.Select(body => body.Name).Should().Equal(method == "put" ? ["application/json", "multipart/form-data"] : ["application/json"]);
        bodies.Should().OnlyContain(body => body.Value.GetProperty("examples").EnumerateObject().Any());
        operation.GetProperty("responses").EnumerateObject().Select(response => response.Name).Should().Equal(statuses);
        foreach (var response in operation.GetProperty("responses").EnumerateObject())
        {
            var contents = response.Value.GetProperty("content").EnumerateObject().ToList();
            contents.Select(content => content.Name).Should().Equal(
                response.Name != "200" ? ["application/problem+json"] : method == "post" ? ["application/json", "application/octet-stream"] : ["application/json"]);
            contents.SelectMany(content => content.Value.EnumerateObject()).Count(member => member.Name is "examples" or "example").Should().Be(contents.Count);
        }
    }

    [Test]
    public async Task An_optional_field_is_nullable_and_no_field_has_a_default()
    {
        using var document = JsonDocument.Parse(await _server.Http.GetStringAsync("/openapi.json"));

        foreach (var schema in document.RootElement.GetProperty("components").GetProperty("schemas").EnumerateObject())
        {
            var required = schema.Value.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()).ToList() : [];
            foreach (var property in schema.Value.GetProperty("properties").EnumerateObject())
            {
                var isNullable = property.Value.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean();
                isNullable.Should().Be(!required.Contains(property.Name), "{0}.{1}", schema.Name, property.Name);
                property.Value.TryGetProperty("default", out _).Should().BeFalse("{0}.{1}", schema.Name, property.Name);
            }
        }
    }

    [TestCase("GetValueRequest", "key")]
    [TestCase("GetValueResponse")]
    [TestCase("SetValueRequest", "value", "key")]
    [TestCase("DeleteValueRequest", "key")]
    [TestCase("StatusResponse", "status")]
    [TestCase("AlreadyReadProblem", "read_at", "etag")]
    public async Task Only_these_fields_are_required(string schema, params string[] required)
    {
        using var document = JsonDocument.Parse(await _server.Http.GetStringAsync("/openapi.json"));

        var listed = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty(schema).TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(name => name.GetString()).ToArray()
            : [];

        listed.Should().BeEquivalentTo(required);
    }

    [TestCase("SetValueRequest", "encoding", "enum", """["text","base64"]""")]
    [TestCase("GetValueResponse", "encoding", "enum", """["base64"]""")]
    [TestCase("StatusResponse", "status", "enum", """["success"]""")]
    [TestCase("GetValueResponse", "expires_at", "format", "\"date-time\"")]
    public async Task A_field_with_a_fixed_form_says_so(string schema, string field, string keyword, string expected)
    {
        var document = JsonNode.Parse(await _server.Http.GetStringAsync("/openapi.json"))!;

        document["components"]!["schemas"]![schema]!["properties"]![field]![keyword]!.ToJsonString().Should().Be(expected);
    }

    [TestCase("post", "\"key\"", 400_000)]
    [TestCase("put", "\"key\": \"k\", \"value\"", 1_048_577)]
    [TestCase("delete", "\"key\"", 400_000)]
    public async Task The_example_of_413_is_the_answer_to_a_body_that_is_too_large(string method, string members, int characters)
    {
        var operation = JsonNode.Parse(await _server.Http.GetStringAsync("/openapi.json"))!["paths"]!["/kv"]![method]!;

        using var response = await _server.Http.SendKvAsync(new HttpMethod(method.ToUpperInvariant()), $$"""{ {{members}}: "{{new string('v', characters)}}" }""");

        operation["responses"]!["413"]!["content"]!["application/problem+json"]!["example"]!["detail"]!.GetValue<string>().Should().Be(await response.DetailAsync());
    }

    [TestCase("post", "The stored value cannot be decrypted")]
    [TestCase("put", "The server failed, and nothing was written.")]
    [TestCase("delete", "The server failed, and nothing was written.")]
    public async Task A_500_is_described_for_its_operation(string method, string expected)
    {
        var operation = JsonNode.Parse(await _server.Http.GetStringAsync("/openapi.json"))!["paths"]!["/kv"]![method]!;

        operation["responses"]!["500"]!["description"]!.GetValue<string>().Should().StartWith(expected);
        operation["tags"]!.ToJsonString().Should().Be("[\"Values\"]");
    }

    [Test]
    public async Task Every_example_of_a_request_works()
    {
        using var document = JsonDocument.Parse(await _server.Http.GetStringAsync("/openapi.json"));
        foreach (var method in new[] { "put", "post", "delete" })
        {
            var examples = document.RootElement.GetProperty("paths").GetProperty("/kv").GetProperty(method)
                .GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("examples");
            foreach (var example in examples.EnumerateObject())
            {
                using var response = await _server.Http.SendKvAsync(new HttpMethod(method.ToUpperInvariant()), example.Value.GetProperty("value").GetRawText());
                ((int)response.StatusCode).Should().BeOneOf([200, 404, 409], "{0} {1}", method, example.Name);
            }
        }
    }

    [Test]
    public async Task Every_example_of_a_form_works()
    {
        var document = JsonNode.Parse(await _server.Http.GetStringAsync("/openapi.json"))!;
        foreach (var (name, example) in document["paths"]!["/kv"]!["put"]!["requestBody"]!["content"]!["multipart/form-data"]!["examples"]!.AsObject())
        {
            using var form = new MultipartFormDataContent();
            foreach (var (field, value) in example!["value"]!.AsObject())
            {
                form.Add(new StringContent(value!.ToString()), field);
            }

            using var response = await _server.Http.PutAsync("/kv", form);
            ((int)response.StatusCode).Should().BeOneOf([200, 409], "{0}", name);
        }
    }

    [Test]
    public async Task The_headers_of_a_get_for_bytes_are_described()
    {
        var document = JsonNode.Parse(await _server.Http.GetStringAsync("/openapi.json"))!;
        await _server.Http.PutKvAsync("""{"key": "k", "value": "v", "ttl": 60}""");
        using var response = await _server.Http.PostKvForBytesAsync("""{"key": "k"}""");

        var described = document["paths"]!["/kv"]!["post"]!["responses"]!["200"]!["headers"]!.AsObject().Select(header => header.Key);

        described.Should().BeEquivalentTo(response.Headers.Select(header => header.Key).Where(name => name is "ETag" || name.StartsWith("DumbKV-", StringComparison.Ordinal)));
    }
}
