namespace DumbKv.ReliabilityTests.Linearizability;

/// <summary>
/// The operations of one key in the order of their calls, and the model of a register. The state is the index of the write whose
/// value is stored, <see cref="Consumed"/> with the write whose read-once value was read, or <see cref="Absent"/>. Values are unique, and responses relate versions to values, so each value and version of
/// an operation identifies one write.
/// </summary>
internal sealed class History
{
    public const int Absent = -1;

    /// <summary>Equals no state: a value that was never written, or a version that no response named.</summary>
    private const int None = -2;

    private readonly int[] _read;
    private readonly int[] _expected;
    private readonly bool[] _isContradiction;
    private readonly HashSet<int> _hasKnownVersion;
    private readonly bool _hasServersWithoutReceipts;

    /// <param name="operations">The operations, in any order.</param>
    /// <param name="hasServersWithoutReceipts">Some servers report a consumed value as missing.</param>
    public History(IEnumerable<Operation> operations, bool hasServersWithoutReceipts = false)
    {
        _hasServersWithoutReceipts = hasServersWithoutReceipts;
        Operations = [.. operations.OrderBy(operation => operation.Called)];
        _read = new int[Operations.Count];
        _expected = new int[Operations.Count];
        _isContradiction = new bool[Operations.Count];

        var writes = new Dictionary<string, int>();
        for (var index = 0; index < Operations.Count; index++)
        {
            if (Operations[index].IsWrite)
            {
                writes.Add(Operations[index].Value!, index);
            }
        }

        var ofVersion = new Dictionary<string, int>();
        var versionOf = new Dictionary<int, string>();
        for (var index = 0; index < Operations.Count; index++)
        {
            var operation = Operations[index];
            _read[index] = operation.Kind == OperationKind.Get && operation.Value is { } value ? writes.GetValueOrDefault(value, None) : None;
            if (operation.Version is { } version && (operation.IsWrite ? index : _read[index]) is >= 0 and var write)
            {
                _isContradiction[index] =
                    (!ofVersion.TryAdd(version, write) && ofVersion[version] != write) || (!versionOf.TryAdd(write, version) && versionOf[write] != version);
            }
        }

        _hasKnownVersion = [.. versionOf.Keys];
        for (var index = 0; index < Operations.Count; index++)
        {
            _expected[index] = Operations[index].Expected is { } version ? ofVersion.GetValueOrDefault(version, None) : None;
            if (Operations[index] is { Outcome: Outcome.AlreadyRead, Version: { } read })
            {
                _read[index] = ofVersion.GetValueOrDefault(read, None);
            }
        }
    }

    public IReadOnlyList<Operation> Operations { get; }

    /// <summary>The state after the read-once value of a write was read.</summary>
    public static int Consumed(int write) => -3 - write;

    /// <summary>The write whose value this operation read or compared with. Null if there is none.</summary>
    public int? Refers(int index) => Math.Max(_read[index], _expected[index]) is >= 0 and var write ? write : null;

    /// <summary>Whether the operation, executed in this state, explains its outcome, and the state after it.</summary>
    /// <param name="index">The operation.</param>
    /// <param name="state">The state before it.</param>
    /// <param name="isKnown">False: any outcome is possible.</param>
    /// <param name="next">The state after it.</param>
    public bool TryApply(int index, int state, bool isKnown, out int next)
    {
        var operation = Operations[index];
        var holds = operation.Kind switch
        {
            OperationKind.Get => state >= 0,
            OperationKind.Create => state < 0,
            OperationKind.CompareAndSet or OperationKind.CompareAndDelete => state == _expected[index],
            _ => true,
        };
        var after = operation.Kind switch
        {
            OperationKind.Get => state >= 0 && Operations[state].Once ? Consumed(state) : state,
            OperationKind.Delete or OperationKind.CompareAndDelete => Absent,
            _ => index,
        };

        next = holds ? after : state;
        return !isKnown || operation.Outcome switch
        {
            Outcome.Done => holds && !_isContradiction[index] && (operation.Kind != OperationKind.Get || state == _read[index]),
            Outcome.AlreadyRead => state <= Consumed(0) && IsRead(index, write: Consumed(0) - state),
            Outcome.Refused => operation.Kind == OperationKind.Get && !_hasServersWithoutReceipts ? state == Absent : !holds,
            _ => true,
        };
    }

    /// <summary>Whether a receipt can be that of a write. If no response named the version of the write, any unknown version can be its.</summary>
    private bool IsRead(int receipt, int write) => _read[receipt] >= 0 ? _read[receipt] == write : !_hasKnownVersion.Contains(write);
}
