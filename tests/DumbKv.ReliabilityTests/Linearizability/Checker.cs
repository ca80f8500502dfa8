using System.Runtime.InteropServices;

namespace DumbKv.ReliabilityTests.Linearizability;

internal enum CheckResult
{
    Linearizable,
    NotLinearizable,

    /// <summary>The search would take too long.</summary>
    Undecided,
}

/// <summary>
/// The algorithm of Wing and Gong ("Testing and verifying concurrent objects", 1993). It searches for an order of the operations in
/// which each one explains its outcome, and in which an operation that ended before another one was called comes before it. As
/// proposed by Lowe ("Testing for linearizability", 2017), a set of operations that leads to a state is searched only once.
/// </summary>
internal sealed class Checker
{
    // A linearizable history usually takes about one step for each operation.
    private const int MostConfigurations = 300_000;

    private readonly History _history;
    private readonly int[] _operations;
    private readonly long _from;
    private readonly long _until;

    // A linked list of the operations that have no place in the order yet, in the order of their calls. The entries are positions in
    // _operations. The last position is both its head and its end.
    private readonly int[] _next;
    private readonly int[] _previous;

    private readonly HashSet<Configuration> _seen = [];
    private readonly ulong[] _ordered;
    private int _open;
    private bool _gaveUp;

    private Checker(History history, int[] operations, long from, long until)
    {
        (_history, _operations, _from, _until) = (history, operations, from, until);
        _ordered = new ulong[(operations.Length / 64) + 1];
        var end = operations.Length;
        _next = [.. Enumerable.Range(0, end + 1).Select(position => position == end ? 0 : position + 1)];
        _previous = [.. Enumerable.Range(0, end + 1).Select(position => position == 0 ? end : position - 1)];
        _open = operations.Count(IsRequired);
    }

    public static CheckResult Check(History history) =>
        Check(history, [.. Enumerable.Range(0, history.Operations.Count)], long.MinValue, long.MaxValue - 1, History.Absent);

    /// <summary>Checks a part of the history.</summary>
    /// <param name="history">The whole history.</param>
    /// <param name="operations">The part: indices in ascending order.</param>
    /// <param name="from">Operations that were called earlier may have taken effect before the part begins.</param>
    /// <param name="until">Operations that ended later have an unknown outcome.</param>
    /// <param name="state">The state at the beginning.</param>
    public static CheckResult Check(History history, int[] operations, long from, long until, int state)
    {
        var checker = new Checker(history, operations, from, until);
        return checker.Search(state) ? CheckResult.Linearizable : checker._gaveUp ? CheckResult.Undecided : CheckResult.NotLinearizable;
    }

    /// <summary>Whether the remaining operations can be ordered from this state on.</summary>
    private bool Search(int state)
    {
        if (_open == 0)
        {
            return true;
        }

        if (_gaveUp || !_seen.Add(new Configuration([.. _ordered], state)))
        {
            return false;
        }

        if (_seen.Count > MostConfigurations)
        {
            _gaveUp = true;
            return false;
        }

        // Most operations that need no place have none, so they are tried last.
        return Search(state, required: true) || Search(state, required: false);
    }

    /// <summary>Tries each operation that can be the next one.</summary>
    private bool Search(int state, bool required)
    {
        var end = _operations.Length;
        var deadline = long.MaxValue;
        var triedGet = false;
        var triedDelete = false;

        for (var position = _next[end]; position != end && _history.Operations[_operations[position]].Called <= deadline; position = _next[position])
        {
            var index = _operations[position];
            var operation = _history.Operations[index];
            if (IsRequired(index))
            {
                deadline = Math.Min(deadline, operation.Ended);
            }

            if (IsRequired(index) != required || !_history.TryApply(index, state, IsKnown(index), out var next))
            {
                continue;
            }

            // An operation that changes nothing is the same as one without a place.
            if (!required && next == state)
            {
                continue;
            }

            if (!IsKnown(index) && operation.Kind is OperationKind.Get or OperationKind.Delete)
            {
                // Gets without a response are equivalent, and so are such deletes.
                ref var tried = ref operation.Kind == OperationKind.Get ? ref triedGet : ref triedDelete;
                if (tried)
                {
                    continue;
                }

                tried = true;
            }

            Take(position);
            if (Search(next))
            {
                return true;
            }

            PutBack(position);
        }

        return false;
    }

    private bool IsKnown(int index) => _history.Operations[index].Deadline <= _until;

    /// <summary>Whether the operation must have a place in the order.</summary>
    private bool IsRequired(int index) => IsKnown(index) && _history.Operations[index].Called >= _from;

    private void Take(int position)
    {
        _next[_previous[position]] = _next[position];
        _previous[_next[position]] = _previous[position];
        _ordered[position / 64] |= 1UL << (position % 64);
        _open -= IsRequired(_operations[position]) ? 1 : 0;
    }

    private void PutBack(int position)
    {
        _next[_previous[position]] = position;
        _previous[_next[position]] = position;
        _ordered[position / 64] &= ~(1UL << (position % 64));
        _open += IsRequired(_operations[position]) ? 1 : 0;
    }

    /// <param name="Ordered">A bit for each operation that has a place in the order.</param>
    /// <param name="State">The state that these operations led to.</param>
    private readonly record struct Configuration(ulong[] Ordered, int State)
    {
        public bool Equals(Configuration other) => State == other.State && Ordered.AsSpan().SequenceEqual(other.Ordered);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.Add(State);
            hash.AddBytes(MemoryMarshal.AsBytes(Ordered.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
