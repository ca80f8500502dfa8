using System.Text.Encodings.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace DumbKv.Web.Errors;

/// <summary>
/// Writes a problem as HTML for a user with a browser. The page's script does not accept HTML, and shows the
/// problem's detail itself. The API responds with JSON, whatever the client accepts.
/// </summary>
internal sealed class HtmlProblemDetailsWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context)
    {
        var request = context.HttpContext.Request;
        return !request.Path.StartsWithSegments("/kv") && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
    }

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var response = context.HttpContext.Response;
        var sentence = context.ProblemDetails.Detail ?? ErrorMessages.ForStatus(response.StatusCode);
        response.ContentType = "text/html; charset=utf-8";
        return new(response.WriteAsync($"""
            <!doctype html>
            <html lang="en">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <meta name="color-scheme" content="light dark">
              <title>DumbKV: {ReasonPhrases.GetReasonPhrase(response.StatusCode)}</title>
              <link rel="stylesheet" href="/site.css">
            </head>
            <body>
              <main>
                <div class="notice error">
                  <h1 class="message">{HtmlEncoder.Default.Encode(sentence)}</h1>
                  <p>{(IsTemporary(response.StatusCode) ? "Reload to send the same request again." : string.Empty)} <a href="/">Open the page</a></p>
                </div>
              </main>
            </body>
            </html>

            """));
    }

    private static bool IsTemporary(int status) =>
        status is StatusCodes.Status408RequestTimeout or StatusCodes.Status429TooManyRequests or >= StatusCodes.Status500InternalServerError;
}
