using DumbKv.Application.Entries;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Security;

/// <summary>
/// What large bodies and large answers take in memory together is bounded: a body's from its first byte until it is answered,
/// an answer's until the caller has taken it.
/// </summary>
public sealed class LargeBytes(EntryLimits limits)
{
    /// <summary>Up to here nothing is counted: as many as there may be connections fit in memory.</summary>
    public const int Small = 16 * 1024;

    /// <summary>At least one of the largest. Each byte costs some six while it is parsed or opened, sealed and written.</summary>
    private readonly long _room = Math.Max(48 << 20, KestrelConfiguration.LargestBody(limits));

    private long _taken;

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= _room)
        {
            return true;
        }

        GiveBack(bytes);
        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _taken, -bytes);

    /// <summary>For a query: whether an answer of so many bytes fits now. Its room comes back with the answer's end.</summary>
    public Func<int, bool> Admits(HttpContext http) => bytes =>
    {
        if (bytes <= Small)
        {
            return true;
        }

        if (!TryTake(bytes))
        {
            return false;
        }

        http.Response.OnCompleted(() =>
        {
            GiveBack(bytes);
            return Task.CompletedTask;
        });
        return true;
    };
}
