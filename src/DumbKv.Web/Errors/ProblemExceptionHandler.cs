using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Web.Limits;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Errors;

/// <summary>Maps exceptions with a known cause to statuses. An unknown exception is a bug: 500 and a line in the log.</summary>
internal sealed partial class ProblemExceptionHandler(
    IProblemDetailsService problems, EntryLimits limits, StoreFailureLog storeFailures, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var (status, detail) = exception switch
        {
            StoreFullException => (StatusCodes.Status507InsufficientStorage, exception.Message),
            StoreException => (StatusCodes.Status503ServiceUnavailable, exception.Message),
            BadHttpRequestException { StatusCode: 413 } => (413, ErrorMessages.BodyTooLarge(HoldsKeyOnly(httpContext), limits)),
            BadHttpRequestException bad => (bad.StatusCode, null),
            _ => (StatusCodes.Status500InternalServerError, null),
        };

        if (status == StatusCodes.Status500InternalServerError)
        {
            LogBug(exception);
        }
        else if (exception is StoreException failure)
        {
            storeFailures.Note(failure);
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

    /// <summary>The exception handler has removed the endpoint from the request.</summary>
    private static bool HoldsKeyOnly(HttpContext http) =>
        http.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.Metadata.GetMetadata<KeyOnlyBodyAttribute>() is not null;

    [LoggerMessage(LogLevel.Error, "The server failed. This is a bug. Please report it with these lines")]
    private partial void LogBug(Exception exception);
}
