namespace DumbKv.Application.Maintenance;

/// <summary>The progress of a long operation.</summary>
/// <param name="Doing">The step, such as "copying".</param>
/// <param name="Done">Number of rows or pages that are done.</param>
/// <param name="Total">The number at the beginning of the step. Done can exceed it.</param>
public sealed record WorkProgress(string Doing, long Done, long Total);
