using DumbKv.Web.Models;
using Microsoft.Extensions.Options;

namespace DumbKv.Web.Errors;

/// <summary>
/// For callers who say that they take no JSON: they are told what was wrong all the same. The framework's own writer passes them
/// over, and then an error that was dealt with would go into the log as one that was not, for anybody to fill it.
/// </summary>
internal sealed class AnyProblems(IOptions<ProblemDetailsOptions> options) : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        options.Value.CustomizeProblemDetails?.Invoke(context);
        return new(context.HttpContext.Response.WriteAsJsonAsync(
            context.ProblemDetails, KvJson.Default.ProblemDetails, "application/problem+json", context.HttpContext.RequestAborted));
    }
}
