using DumbKv.Web.Json;
using Microsoft.Extensions.Options;

namespace DumbKv.Web.Errors;

/// <summary>
/// Writes a problem as JSON even if Accept excludes it, so that every client is told what was wrong. The framework's own writer
/// refuses such a request, and the handled exception would then be logged as an unhandled one.
/// </summary>
internal sealed class FallbackProblemDetailsWriter(IOptions<ProblemDetailsOptions> options) : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        options.Value.CustomizeProblemDetails?.Invoke(context);
        return new(context.HttpContext.Response.WriteAsJsonAsync(
            context.ProblemDetails, KvJsonContext.Default.GetTypeInfo(context.ProblemDetails.GetType())!, "application/problem+json", context.HttpContext.RequestAborted));
    }
}
