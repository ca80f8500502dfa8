using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DumbKv.ReliabilityTests.Linearizability;

/// <summary>Describes a history that is not linearizable by the few operations that show the violation.</summary>
internal static class Violation
{
    private const int MostLines = 36;

    public static string Describe(string key, History history)
    {
        var (shown, last) = Shrink(history);
        var operations = history.Operations;

        // The description includes the writes that the values came from.
        var origins = shown.Select(history.Refers).OfType<int>().Where(write => !shown.Contains(write));
        int[] all = [.. origins.Concat(shown).Distinct().Order()];

        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Key \"{key}\", {operations.Count} operations, is not linearizable: no order of these explains the marked response.");
        text.AppendLine("Milliseconds from the call to the response, \"-\" if the outcome is unknown:");
        if (all.Length > MostLines)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  ({all.Length - MostLines} earlier operations are left out)");
        }

        foreach (var index in all.Where((index, position) => index == last || position >= all.Length - MostLines))
        {
            text.AppendLine(Line(operations[index], operations[0].Called) + (index == last ? "   <---" : string.Empty));
        }

        return text.ToString();
    }

    /// <summary>The operations that show the violation, and the one whose response cannot be explained.</summary>
    private static (int[] Operations, int Last) Shrink(History history)
    {
        var operations = history.Operations;
        int[] all = [.. Enumerable.Range(0, operations.Count)];

        // Each prefix of a linearizable history is linearizable, so the shortest prefix that is not linearizable ends with that response.
        int[] ends = [.. all.Where(index => operations[index].Outcome != Outcome.Unknown).OrderBy(index => operations[index].Ended)];
        int low = 0, high = ends.Length - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            var until = operations[ends[middle]].Ended;
            var isViolated = Checker.Check(history, Beginning(until), long.MinValue, until, History.Absent) == CheckResult.NotLinearizable;
            (low, high) = isViolated ? (low, middle) : (middle + 1, high);
        }

        var last = ends[high];
        var lastEnded = operations[last].Ended;
        var beginning = Beginning(lastEnded);

        // Then the fewest operations before it that are a violation by themselves, whatever the state was before them.
        for (var start = beginning.Length - 1; start > 0; start--)
        {
            var from = operations[beginning[start]].Called;
            int[] rest = [.. beginning.Where(index => operations[index].Deadline >= from)];
            var states = beginning.Where(index => operations[index].IsWrite && operations[index].Called < from)
                .SelectMany(index => operations[index].Once ? new[] { index, History.Consumed(index) } : [index])
                .Append(History.Absent);
            if (states.All(state => Checker.Check(history, rest, from, lastEnded, state) == CheckResult.NotLinearizable))
            {
                return (rest, last);
            }
        }

        return (beginning, last);

        int[] Beginning(long until) => [.. all.TakeWhile(index => operations[index].Called <= until)];
    }

    private static string Line(Operation operation, long zero)
    {
        var ended = operation.Outcome == Outcome.Unknown ? "-" : Milliseconds(operation.Ended);
        var once = operation.Once ? " once" : string.Empty;
        var call = operation.Kind switch
        {
            OperationKind.Get => "get",
            OperationKind.Set => $"set {operation.Value}{once}",
            OperationKind.Create => $"create {operation.Value}{once}",
            OperationKind.CompareAndSet => $"set {operation.Value}{once} if {operation.Expected}",
            OperationKind.Delete => "delete",
            _ => $"delete if {operation.Expected}",
        };
        var answer = operation.Outcome switch
        {
            Outcome.Unknown => "unknown",
            Outcome.AlreadyRead => $"410 {operation.Version}",
            Outcome.Refused when operation.Kind == OperationKind.Get => "404",
            Outcome.Refused when operation.Kind == OperationKind.Create => "409",
            Outcome.Refused => "412",
            _ when operation.Kind == OperationKind.Get => $"200 {operation.Value} {operation.Version}",
            _ => $"200 {operation.Version}",
        };

        return string.Create(CultureInfo.InvariantCulture, $"  {Milliseconds(operation.Called),10} {ended,10}  client {operation.Client}  {call,-42} {answer}");

        string Milliseconds(long ticks) => Stopwatch.GetElapsedTime(zero, ticks).TotalMilliseconds.ToString("0.000", CultureInfo.InvariantCulture);
    }
}
