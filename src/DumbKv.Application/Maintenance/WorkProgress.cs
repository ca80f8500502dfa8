namespace DumbKv.Application.Maintenance;

/// <summary>How far long work has come.</summary>
/// <param name="Doing">The step, such as "copying".</param>
/// <param name="Done">Rows or pages so far.</param>
/// <param name="Total">What there was at the step's beginning; more may be done in the end.</param>
public sealed record WorkProgress(string Doing, long Done, long Total);
