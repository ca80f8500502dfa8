using System.Text.Json.Nodes;
using DumbKv.Application.Entries;
using DumbKv.Web.Bytes;
using DumbKv.Web.Errors;
using DumbKv.Web.Http;
using DumbKv.Web.Json;
using DumbKv.Web.Models;
using DumbKv.Web.Tokens;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace DumbKv.Web.OpenApi;

/// <summary>Adds what the code does not declare: consequences, an example for every request and response, curl commands and the headers.</summary>
internal static class OperationExamples
{
    /// <summary>The extension of an operation that several documentation tools show.</summary>
    public const string CodeSamples = "x-codeSamples";

    private const string ETag = "\"XbpjiyJExM002G3Y\"";

    private static readonly DateTimeOffset ReadAt = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private const string FailedRead = "The stored value cannot be decrypted (its row was altered or moved in the database), or the server failed.";

    private const string FullRead = "The disk of the store is full, so a read-once value cannot be removed. It was kept.";

    private const string FullDelete = "The disk of the store is full.";

    private const string FailedWrite = "The server failed, and nothing was written. The log of the server has the cause.";

    private static readonly Dictionary<string, string> Descriptions = new()
    {
        ["400"] = "The request is invalid: `detail` names the field and the rule. Or the key is an end-to-end key, which is not for the server.",
        ["401"] = "The server requires a token for this operation, and the request has none, or one that is unknown or has expired.",
        ["403"] = "The token is valid, and does not allow this operation in this database.",
        ["404"] = "There is no value: never set, expired, deleted or a wrong key. The cases look the same.",
        ["408"] = "The body arrived too slowly.",
        ["409"] = "The key already has a value, which was kept.",
        ["410"] = "The value was read-once, and an earlier get has read it. `read_at` says when, and `etag` names the entry that was read.",
        ["412"] = "The stored entry does not match If-Match or If-None-Match. Nothing was changed.",
        ["413"] = "The value, or the whole body, is too large for this server.",
        ["415"] = "The `Content-Type` of the body is not supported or not in UTF-8, or the body has a `Content-Encoding`.",
        ["429"] = "Too many reads from this address found no value or are in progress. Further reads are refused for `Retry-After` seconds.",
        ["503"] = "The store is starting, unavailable or overloaded. Try again after `Retry-After` seconds.",
        ["507"] = "The store or its disk is full, and nothing was written.",
    };

    public static void Describe(OpenApiOperation operation)
    {
        var (description, request, answers, commands) = operation.OperationId switch
        {
            "GetValue" => ("Reading a read-once value deletes it from the server. With `peek` it stays.", GetRequests, GetAnswers, GetCommands),
            "SetValue" => ("A value that exists is kept, unless the request has `overwrite` or `If-Match`. A replaced value cannot be restored.", SetRequests, SuccessAnswer, SetCommands),
            "DeleteValue" => ("A deleted value cannot be restored.", DeleteRequests, SuccessAnswer, DeleteCommands),
            _ => throw new InvalidOperationException($"{operation.OperationId} has no examples."),
        };

        operation.Description = description;
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions[CodeSamples] = new JsonNodeExtension(new JsonArray(
            [.. commands.Select(command => new JsonObject { ["lang"] = "Shell", ["label"] = command.Label, ["source"] = command.Source })]));

        var isRead = operation.OperationId == "GetValue";
        operation.RequestBody!.Content![MediaTypes.Json].Examples = Named(request);
        if (operation.RequestBody.Content.TryGetValue(MediaTypes.Form, out var form))
        {
            form.Schema = KvSchemas.Form();
            form.Examples = Named(FormRequests);
        }

        foreach (var (status, response) in operation.Responses!)
        {
            if (status != "200")
            {
                response.Description = (status, operation.OperationId) switch
                {
                    ("500", "GetValue") => FailedRead,
                    ("500", _) => FailedWrite,
                    ("507", "GetValue") => FullRead,
                    ("507", "DeleteValue") => FullDelete,
                    _ => Descriptions[status],
                };
                var content = response.Content!.Single().Value;
                content.Example = Problem(status, isRead, holdsKeyOnly: operation.OperationId != "SetValue");
                ((OpenApiResponse)response).Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = content };
            }
            else
            {
                response.Description = "Done.";
                response.Content![MediaTypes.Json].Examples = Named(answers);
            }
        }

        var sorted = new OpenApiResponses();
        foreach (var (status, response) in operation.Responses.OrderBy(response => response.Key, StringComparer.Ordinal))
        {
            sorted.Add(status, response);
        }

        operation.Responses = sorted;

        if (operation.OperationId != "DeleteValue")
        {
            ((OpenApiResponse)operation.Responses["200"]).Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["ETag"] = ResponseHeader("The version of the entry. Each write creates a new one.", new() { Type = JsonSchemaType.String }, ETag),
            };
        }

        if (isRead)
        {
            DescribeBytes((OpenApiResponse)operation.Responses["200"]);
        }

        if (!isRead)
        {
            operation.Parameters = [Header("If-Match", $"Only if the stored version is this one (an ETag in double quotes: `{ETag}`), or if there is one (`*`).")];
        }

        if (operation.OperationId == "SetValue")
        {
            operation.Parameters!.Add(Header("If-None-Match", "`*`: only if there is no value. Not together with If-Match."));
        }

        ((OpenApiResponse)operation.Responses["401"]).Headers = new Dictionary<string, IOpenApiHeader>
        {
            [HeaderNames.WWWAuthenticate] = ResponseHeader("`Bearer`", new() { Type = JsonSchemaType.String }, "Bearer"),
        };

        foreach (var later in operation.Responses.Where(response => response.Key is "429" or "503").Select(response => response.Value))
        {
            ((OpenApiResponse)later).Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] = new OpenApiHeader { Description = "Seconds.", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer }, Example = 1 },
            };
        }
    }

    /// <summary>The other form of a get's response.</summary>
    private static void DescribeBytes(OpenApiResponse response)
    {
        response.Description = "Done. The body is JSON, or the value's bytes if `Accept` names `application/octet-stream` and does not prefer JSON. A peek is always JSON.";
        response.Content![MediaTypes.Bytes] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" }, Example = "hello" };

        const string Only = "Only with `application/octet-stream`.";
        response.Headers![BytesResponse.EncodingHeader] = ResponseHeader(
            $"`base64` if the value was set as bytes, `text` if it is text. {Only}",
            new() { Type = JsonSchemaType.String, Enum = KvSchemas.Names(SetValueRequest.TextName, SetValueRequest.Base64Name) }, SetValueRequest.TextName);
        response.Headers[BytesResponse.ExpiresAtHeader] = ResponseHeader(
            $"When the entry expires. Absent if it does not expire. {Only}", new() { Type = JsonSchemaType.String, Format = "date-time" }, "2030-01-31T12:00:00.000Z");
        response.Headers[BytesResponse.OnceHeader] = ResponseHeader($"Whether this get removed the value. {Only}", new() { Type = JsonSchemaType.Boolean }, false);
    }

    private static OpenApiHeader ResponseHeader(string description, OpenApiSchema schema, JsonNode example) =>
        new() { Description = description, Schema = schema, Example = example };

    private static (string Name, string Summary, string Json)[] GetRequests =>
    [
        ("default", "A value of database 0", """{"key": "correct horse battery staple"}"""),
        ("database", "A value of another database", """{"database": 7, "key": "correct horse battery staple"}"""),
        ("peek", "The metadata of a value, without the value", """{"key": "correct horse battery staple", "peek": true}"""),
    ];

    private static (string Name, string Summary, string Json)[] GetAnswers =>
    [
        ("text", "Text", """{"value": "hello"}"""),
        ("expires", "Text that expires", """{"value": "hello", "expires_at": "2030-01-31T12:00:00.000Z"}"""),
        ("bytes", "Bytes", """{"value": "aGVsbG8=", "encoding": "base64"}"""),
        ("peek", "The metadata that a peek returns", """{"expires_at": "2030-01-31T12:00:00.000Z", "once": true, "size": 5}"""),
    ];

    private static (string Name, string Summary, string Json)[] SetRequests =>
    [
        ("default", "Set, if the key has no value yet", """{"key": "correct horse battery staple", "value": "hello"}"""),
        ("overwrite", "Set, whether or not it has one", """{"key": "correct horse battery staple", "value": "hello again", "overwrite": true}"""),
        ("once", "For one hour or one read", """{"key": "correct horse battery staple", "value": "hello", "ttl": 3600, "once": true}"""),
        ("bytes", "Bytes in another database", """{"database": 7, "key": "correct horse battery staple", "value": "aGVsbG8=", "encoding": "base64"}"""),
    ];

    private static (string Name, string Summary, string Json)[] FormRequests =>
    [
        ("text", "Text, in a field without a file name", """{"key": "correct horse battery staple", "value": "hello"}"""),
        ("once", "For one hour or one read", """{"key": "correct horse battery staple", "value": "hello", "ttl": 3600, "once": true}"""),
    ];

    private static (string Name, string Summary, string Json)[] DeleteRequests =>
    [
        ("default", "A value of database 0", """{"key": "correct horse battery staple"}"""),
    ];

    private static (string Name, string Summary, string Json)[] SuccessAnswer => [("success", "Success", """{"status": "success"}""")];

    /// <summary>The key and the value come from files, because all users of a machine can see the arguments of its processes.</summary>
    private static (string Label, string Source)[] GetCommands =>
    [
        ("Read a value", """jq -n --rawfile key key.txt '{$key}' | curl --json @- http://localhost:8000/kv"""),
        ("Read the bytes of a value into a file",
            """
            jq -n --rawfile key key.txt '{$key}' |
              curl --json @- --header 'Accept: application/octet-stream' --output copy.png http://localhost:8000/kv
            """),
    ];

    private static (string Label, string Source)[] SetCommands =>
    [
        ("Store a text",
            """
            jq -n --rawfile key key.txt --rawfile value secret.txt '{$key, $value, ttl: 3600}' |
              curl --request PUT --json @- http://localhost:8000/kv
            """),
        ("Store a file",
            """curl --request PUT --form 'key=<key.txt' --form value=@logo.png --form overwrite=true http://localhost:8000/kv"""),
    ];

    private static (string Label, string Source)[] DeleteCommands =>
    [
        ("Delete a value", """jq -n --rawfile key key.txt '{$key}' | curl --request DELETE --json @- http://localhost:8000/kv"""),
    ];

    private static Dictionary<string, IOpenApiExample> Named((string Name, string Summary, string Json)[] examples) => examples.ToDictionary(
        example => example.Name,
        IOpenApiExample (example) => new OpenApiExample { Summary = example.Summary, Value = JsonNode.Parse(example.Json) });

    private static JsonObject Problem(string status, bool isRead, bool holdsKeyOnly)
    {
        var (title, detail) = status switch
        {
            "400" => ("Bad Request", ValidationMessages.For("key")),
            "401" => ("Unauthorized", ErrorMessages.TokenRefused(TokenRefusal.Missing)),
            "403" => ("Forbidden", ErrorMessages.TokenRefused(TokenRefusal.Right)),
            "404" => ("Not Found", ErrorMessages.Missing),
            "408" => ("Request Timeout", ErrorMessages.ForStatus(408)),
            "409" => ("Conflict", ErrorMessages.Exists),
            "410" => ("Gone", ErrorMessages.AlreadyRead(ReadAt)),
            "412" => ("Precondition Failed", ErrorMessages.PreconditionFailed),
            "413" => ("Content Too Large", ErrorMessages.BodyTooLarge(holdsKeyOnly, EntryLimits.Default)),
            "415" => ("Unsupported Media Type", ErrorMessages.ForStatus(415)),
            "429" => ("Too Many Requests", ErrorMessages.TooManyMisses(42)),
            "500" => ("Internal Server Error", isRead ? ErrorMessages.Damaged : ErrorMessages.ForStatus(500)),
            "503" => ("Service Unavailable", "The store does not answer. Try again."),
            _ => ("Insufficient Storage", "The disk of the store is full. Try again when there is space."),
        };

        var problem = new JsonObject { ["title"] = title, ["status"] = int.Parse(status, System.Globalization.CultureInfo.InvariantCulture), ["detail"] = detail };
        if (status == "410")
        {
            problem["read_at"] = GetValueResponse.Format(ReadAt);
            problem["etag"] = ETag;
        }

        return problem;
    }

    /// <summary>The example is part of the description, because tools such as Swagger UI send an example value with every request that a user tries.</summary>
    private static OpenApiParameter Header(string name, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
