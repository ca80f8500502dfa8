using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Web.Limits;

internal static class RequestBodyLimit
{
    /// <summary>JSON can write each byte of a key and a value as six (\u0041).</summary>
    private const int EscapedBytes = 6;

    /// <summary>For the other fields and white space.</summary>
    private const int OtherBytes = 4_096;

    /// <summary>Size in bytes of the largest valid request body that has a key and no value.</summary>
    public const int MaxBytesOfKey = (EscapedBytes * SecretKey.MaxBytes) + OtherBytes;

    /// <summary>Size in bytes of the largest valid request body.</summary>
    public static long MaxBytes(EntryLimits limits) => ((long)EscapedBytes * limits.MaxValueBytes) + MaxBytesOfKey;
}
