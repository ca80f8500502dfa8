using System.Net;

namespace DumbKv.CommandLine.Configuration;

/// <summary>The address of a server: its page, without a fragment.</summary>
internal static class ServerAddress
{
    /// <param name="text">The URL.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    public static Uri Parse(string text, string source)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
        {
            throw CommandException.Usage($"{source} is not the address of a server. It must be like https://dumbkv.example.com");
        }

        if (address.UserInfo.Length > 0)
        {
            throw CommandException.Usage($"{source} contains a name or a password. Remove them, and use --token-file or DKV_TOKEN.");
        }

        if (address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            throw CommandException.Usage($"{source} must end with the path of the server. A link is an argument of get, peek, rm, run and open.");
        }

        return Normalize(address);
    }

    /// <summary>Without query and fragment. The last segment of a path can be a page: /send.</summary>
    public static Uri OfPage(Uri page) => Normalize(new Uri(page, "."));

    /// <summary>Whether a token for one of them may be sent to the other.</summary>
    public static bool IsSame(Uri first, Uri second) => first.AbsoluteUri == second.AbsoluteUri;

    /// <summary>Whether requests do not leave this machine.</summary>
    public static bool IsLocal(Uri address) =>
        address.DnsSafeHost == "localhost" || address.DnsSafeHost.EndsWith(".localhost", StringComparison.Ordinal)
        || (IPAddress.TryParse(address.DnsSafeHost, out var ip) && IPAddress.IsLoopback(ip));

    // https://host and https://host/ are the same.
    private static Uri Normalize(Uri address) => new($"{address.GetLeftPart(UriPartial.Path).TrimEnd('/')}/");
}
