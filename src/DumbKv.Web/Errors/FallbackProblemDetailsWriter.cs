namespace DumbKv.Web.Errors;

/// <summary>
/// Writes a problem as JSON even if Accept excludes it, so that every client is told what was wrong. The framework's own writer
/// refuses such a request, and the handled exception would then be logged as an unhandled one.
/// </summary>
internal sealed class FallbackProblemDetailsWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    /// <summary>Only the framework's CanWrite looks at Accept. So its writer gives every client the same members.</summary>
    public ValueTask WriteAsync(ProblemDetailsContext context) => context.HttpContext.RequestServices.GetServices<IProblemDetailsWriter>()
        .Single(writer => writer.GetType().Assembly == typeof(ProblemDetailsOptions).Assembly).WriteAsync(context);
}
