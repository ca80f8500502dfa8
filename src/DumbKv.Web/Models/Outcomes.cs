using System.Globalization;
using DumbKv.Application.Entries;

namespace DumbKv.Web.Models;

/// <summary>What a caller is told when a call did not do what it says; the API and the page say the same.</summary>
internal static class Outcomes
{
    public const string Missing = "There is no value under this key in this database. Check both; a value may also have expired, or have been read once.";

    public const string Damaged = "The stored value does not open: its row was altered or moved in the database. Tell whoever runs this server.";

    public const string Exists = "The key already has a value, which was kept. Send \"overwrite\": true or If-Match to replace it.";

    public const string PreconditionFailed = "The stored entry is not as If-Match or If-None-Match asks. Nothing was changed: read it again.";

    public static string TooManyMisses(int seconds) => string.Create(
        CultureInfo.InvariantCulture, $"Too many reads from your address found no value. Try again in {seconds} {(seconds == 1 ? "second" : "seconds")}.");

    public static string TooLarge(EntryLimits limits) =>
        string.Create(CultureInfo.InvariantCulture, $"The value is larger than {limits.MaxValueBytes} bytes, the most that this server takes.");
}
