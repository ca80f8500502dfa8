using System.Collections.Concurrent;
using System.Text;

namespace DumbKv.TestHarness;

/// <summary>The contents of places where a secret could be left, kept until all secrets are known.</summary>
internal sealed class Evidence
{
    private readonly ConcurrentQueue<(string Place, string What, byte[] Bytes)> _all = new();
    private readonly ConcurrentQueue<string> _surprises = new();

    public void Add(string place, string what, byte[] bytes) => _all.Enqueue((place, what, bytes));

    public void Add(string place, string what, string text) => Add(place, what, Encoding.UTF8.GetBytes(text));

    /// <summary>A request with an unexpected outcome proves nothing.</summary>
    public void Expect(bool holds, string what, string instead)
    {
        if (!holds)
        {
            _surprises.Enqueue($"{what}: {instead}");
        }
    }

    public string[] Surprises => [.. _surprises];

    /// <summary>Number of bytes by place.</summary>
    public IEnumerable<(string Place, long Bytes)> Sizes() =>
        _all.GroupBy(found => found.Place, (place, found) => (place, found.Sum(one => (long)one.Bytes.Length)));

    /// <summary>Place, request, secret and form of each hit.</summary>
    public string[] Hits(Canaries canaries) =>
        [.. _all.SelectMany(found => (found.Place == ProcessMemory.Place ? canaries.FindExactlyIn(found.Bytes) : canaries.FindIn(found.Bytes)).Select(hit => $"{found.Place}, {found.What}: {hit}")).Distinct()];
}
