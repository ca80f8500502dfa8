namespace DumbKv.Web.Models;

/// <summary>What a user may not have intended. The value is stored anyway.</summary>
internal static class PageRemarks
{
    /// <summary>A generated key has 130 bits. This is about twelve random characters, or what people call a long password.</summary>
    private const int FewBits = 64;

    /// <summary>Remarks about a value that was stored.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="bytes">Its length.</param>
    public static List<string> On(string key, int bytes)
    {
        var remarks = new List<string>();
        if (bytes == 0)
        {
            remarks.Add("The value is empty.");
        }

        if (Bits(key) < FewBits)
        {
            remarks.Add("This key is short, so it may be guessed. Use a generated key for a secret.");
        }

        return remarks;
    }

    /// <summary>At most this many bits are in a key of these kinds of characters. A word from a dictionary has far fewer.</summary>
    private static double Bits(string key)
    {
        var alphabet = (key.Any(char.IsAsciiLetterLower) ? 26 : 0) + (key.Any(char.IsAsciiLetterUpper) ? 26 : 0) + (key.Any(char.IsAsciiDigit) ? 10 : 0)
            + (key.All(char.IsAsciiLetterOrDigit) ? 0 : 33);
        var different = key.EnumerateRunes().Distinct().Count();
        return Math.Log2(Math.Min(alphabet, different * different)) * key.EnumerateRunes().Count();
    }
}
