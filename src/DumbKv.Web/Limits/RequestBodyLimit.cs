using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;

namespace DumbKv.Web.Limits;

internal static class RequestBodyLimit
{
    /// <summary>Size in bytes of the largest valid request body: JSON may write each byte of key and value as six (\u0041).</summary>
    public static long MaxBytes(EntryLimits limits) => (6L * (limits.MaxValueBytes + SecretKey.MaxBytes)) + 4_096;
}
