using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Web.Models;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace DumbKv.Web.Errors;

/// <summary>
/// Every error is an RFC 9457 problem whose detail is one sentence that this project wrote: no exception's message
/// leaves the server.
/// </summary>
internal static partial class Problems
{
    public static IServiceCollection AddProblems(this IServiceCollection services) => services
        .AddSingleton<IProblemDetailsWriter, PageProblems>() // Before the framework's own: the first that can, writes.
        .AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            var status = context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode;
            context.ProblemDetails.Title ??= ReasonPhrases.GetReasonPhrase(status); // The framework knows those of some.
            context.ProblemDetails.Detail ??= DetailFor(status);
            context.ProblemDetails.Extensions.Clear(); // A trace id is the business of those who trace.
        })
        .AddSingleton<IProblemDetailsWriter, AnyProblems>() // After it.
        .AddExceptionHandler<ExceptionProblems>();

    public static void UseProblems(this IApplicationBuilder app) => app.UseExceptionHandler().UseStatusCodePages();

    /// <summary>For what runs before a controller.</summary>
    public static async Task WriteAsync(HttpContext http, int status, string detail)
    {
        http.Response.StatusCode = status;
        await http.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new ProblemDetailsContext
        {
            HttpContext = http,
            ProblemDetails = new ProblemDetails { Status = status, Detail = detail },
        });
    }

    public static string DetailFor(int status) => status switch
    {
        400 => "The request is malformed. See /docs for what each call takes.",
        404 => "There is nothing here. The page is at /, the API at /kv, its description at /docs.",
        405 => "This address does not take this method. The Allow header lists those it takes.",
        411 => "The request needs a Content-Length.",
        415 => "The body's Content-Type is not one that this address takes. /kv takes application/json, in UTF-8.",
        _ when status >= 500 => "The server failed; its log says why. Try again.",
        _ => "The request was refused. See /docs for what each call takes.",
    };

    private sealed partial class ExceptionProblems(
        IProblemDetailsService problems, EntryLimits limits, ILogger<ExceptionProblems> logger) : IExceptionHandler
    {
        public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            var (status, detail) = exception switch
            {
                StoreFullException => (StatusCodes.Status507InsufficientStorage, exception.Message),
                StoreException => (StatusCodes.Status503ServiceUnavailable, exception.Message),
                BadHttpRequestException { StatusCode: 413 } => (413, Outcomes.TooLarge(limits)),
                BadHttpRequestException bad => (bad.StatusCode, null),
                _ => (StatusCodes.Status500InternalServerError, null),
            };

            if (status == StatusCodes.Status500InternalServerError)
            {
                LogFailure(exception);
            }
            else if (exception is StoreException { InnerException: { } cause })
            {
                LogStoreFailure(cause.GetType().Name, cause.Message);
            }

            if (status == StatusCodes.Status503ServiceUnavailable)
            {
                httpContext.Response.Headers.RetryAfter = "1";
            }

            httpContext.Response.StatusCode = status;
            return problems.TryWriteAsync(new ProblemDetailsContext
            {
                HttpContext = httpContext,
                ProblemDetails = new ProblemDetails { Status = status, Detail = detail },
            });
        }

        [LoggerMessage(LogLevel.Error, "The server failed. This is a bug: please report it with these lines")]
        private partial void LogFailure(Exception exception);

        [LoggerMessage(LogLevel.Warning, "The store failed: {Type}: {Reason}")]
        private partial void LogStoreFailure(string type, string reason);
    }
}
