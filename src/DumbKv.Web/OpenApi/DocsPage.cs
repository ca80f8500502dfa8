using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace DumbKv.Web.OpenApi;

/// <summary>The page at /docs. It is rendered once, because the OpenAPI document does not change while the server runs.</summary>
public sealed class DocsPage([FromKeyedServices(OpenApiDocumentSetup.Name)] IOpenApiDocumentProvider documents)
{
    private Rendered? _rendered;

    /// <param name="render">Renders NSwag's model of the document. Two first requests at the same time may both call it.</param>
    public async Task<Rendered> GetAsync(Func<NSwag.OpenApiDocument, Task<string>> render)
    {
        if (Volatile.Read(ref _rendered) is not { } rendered)
        {
            rendered = new Rendered(Encoding.UTF8.GetBytes(await render(await ReadAsync())));
            Volatile.Write(ref _rendered, rendered);
        }

        return rendered;
    }

    /// <summary>The document as /openapi.json serves it, read by NSwag.</summary>
    private async Task<NSwag.OpenApiDocument> ReadAsync()
    {
        var document = await documents.GetOpenApiDocumentAsync();
        return await NSwag.OpenApiDocument.FromJsonAsync(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_0));
    }

    /// <param name="html">In UTF-8.</param>
    public sealed class Rendered(byte[] html)
    {
        public byte[] Html => html;

        public EntityTagHeaderValue ETag { get; } = new($"\"{Base64Url.EncodeToString(SHA256.HashData(html))}\"");
    }
}
