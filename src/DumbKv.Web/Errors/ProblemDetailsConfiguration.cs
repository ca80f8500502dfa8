using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace DumbKv.Web.Errors;

/// <summary>
/// Every error is an RFC 9457 problem. Its detail is one sentence from <see cref="ErrorMessages"/> or a store exception.
/// No other exception's message leaves the server.
/// </summary>
internal static class ProblemDetailsConfiguration
{
    public static IServiceCollection AddErrors(this IServiceCollection services) => services
        .AddSingleton<IProblemDetailsWriter, HtmlProblemDetailsWriter>() // Before the framework's own: the first writer that can write wins.
        .AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            var status = context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode;
            context.ProblemDetails.Title ??= ReasonPhrases.GetReasonPhrase(status); // The framework sets it for some statuses only.
            context.ProblemDetails.Detail ??= ErrorMessages.ForStatus(status);
            context.ProblemDetails.Extensions.Clear(); // Removes the trace id: it is for traces, not for clients.
        })
        .AddSingleton<IProblemDetailsWriter, FallbackProblemDetailsWriter>() // After it.
        .AddExceptionHandler<ProblemExceptionHandler>();

    public static void UseErrors(this IApplicationBuilder app) => app.UseExceptionHandler().UseStatusCodePages();

    /// <summary>For middleware that refuses a request before it reaches a controller.</summary>
    public static async Task WriteProblemAsync(this HttpContext http, int status, string detail)
    {
        http.Response.StatusCode = status;
        await http.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new ProblemDetailsContext
        {
            HttpContext = http,
            ProblemDetails = new ProblemDetails { Status = status, Detail = detail },
        });
    }
}
