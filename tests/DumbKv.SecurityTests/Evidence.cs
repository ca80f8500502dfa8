using System.Collections.Concurrent;
using System.Text;

namespace DumbKv.SecurityTests;

/// <summary>What was found in the places where a secret could have been left, kept until all secrets are known.</summary>
internal sealed class Evidence
{
    private readonly ConcurrentQueue<(string Place, string What, byte[] Bytes)> _all = new();

    public void Add(string place, string what, byte[] bytes) => _all.Enqueue((place, what, bytes));

    public void Add(string place, string what, string text) => Add(place, what, Encoding.UTF8.GetBytes(text));

    /// <summary>Bytes by place.</summary>
    public IEnumerable<(string Place, long Bytes)> Sizes() =>
        _all.GroupBy(found => found.Place, (place, found) => (place, found.Sum(one => (long)one.Bytes.Length)));

    /// <summary>Place, call, secret and form of each hit.</summary>
    public string[] Hits(Canaries canaries) =>
        [.. _all.SelectMany(found => canaries.FindIn(found.Bytes).Select(hit => $"{found.Place}, {found.What}: {hit}")).Distinct()];
}
