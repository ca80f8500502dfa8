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
            context.ProblemDetails.Type ??= TypeOf(status); // The framework sets both for the statuses of RFC 9110 only.
            context.ProblemDetails.Title ??= ReasonPhrases.GetReasonPhrase(status);
            context.ProblemDetails.Detail ??= ErrorMessages.ForStatus(status);
            context.ProblemDetails.Extensions.Clear(); // Removes what the framework adds: a trace id, and in Development exceptions.
        })
        .AddSingleton<IProblemDetailsWriter, FallbackProblemDetailsWriter>() // After it.
        .AddSingleton<StoreFailureLog>()
        .AddExceptionHandler<ProblemExceptionHandler>();

    public static void UseErrors(this IApplicationBuilder app) => app.UseExceptionHandler().UseStatusCodePages();

    /// <summary>Refuses a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="status">The status of the response.</param>
    /// <param name="detail">What was wrong and what to do, in one sentence.</param>
    public static Task WriteProblemAsync(this HttpContext http, int status, string detail) =>
        http.WriteProblemAsync(new ProblemDetails { Status = status, Detail = detail });

    /// <summary>Refuses a request with a problem that has further members.</summary>
    public static async Task WriteProblemAsync(this HttpContext http, ProblemDetails problem)
    {
        http.Response.StatusCode = problem.Status!.Value;
        await http.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = problem });
    }

    private static string? TypeOf(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => "https://tools.ietf.org/html/rfc6585#section-4",
        StatusCodes.Status507InsufficientStorage => "https://tools.ietf.org/html/rfc4918#section-11.5",
        _ => null,
    };
}
