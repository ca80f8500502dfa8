using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.Primitives;

namespace DumbKv.Web.Http;

/// <summary>Host names in requests: a DNS name, an IPv4 address, or an IPv6 address in brackets.</summary>
internal static class HostNames
{
    private const string Wildcard = "*.";
    private static readonly StringSegment[] Local = ["localhost", "*.localhost"];

    /// <summary>The host of a request, as it was sent or forwarded. <see cref="HttpRequest.Host"/> decodes punycode.</summary>
    public static HostString EncodedHost(this HttpRequest request) => new(request.Headers.Host.ToString());

    /// <summary>Whether browsers resolve this name to their own machine. No DNS server can point it elsewhere.</summary>
    public static bool IsLocalhost(HostString host) => HostString.MatchesAny(host.Host, Local) || IsLoopback(host.Host);

    public static bool IsLoopback(string host) => IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address);

    /// <summary>
    /// A pattern for <see cref="HostString.MatchesAny"/>: "*" for any name, a name, or "*." and a name for all its subdomains.
    /// Names are normalized as in browsers: Unicode as punycode, IPv6 addresses in their short form.
    /// </summary>
    public static bool TryParsePattern(string text, [MaybeNullWhen(false)] out string pattern)
    {
        pattern = text;
        if (text == "*")
        {
            return true;
        }

        var name = text.StartsWith(Wildcard, StringComparison.Ordinal) ? text[Wildcard.Length..] : text;
        switch (Uri.CheckHostName(name))
        {
            case UriHostNameType.Dns:
                return TryEncode(text, out pattern);
            case UriHostNameType.IPv4:
                return name == text;
            case UriHostNameType.IPv6:
                pattern = $"[{IPAddress.Parse(name)}]";
                return text.StartsWith('[');
            default:
                return false;
        }
    }

    private static bool TryEncode(string name, [MaybeNullWhen(false)] out string encoded)
    {
        try
        {
            encoded = new HostString(name).ToUriComponent();
            return true;
        }
        catch (ArgumentException)
        {
            encoded = null; // The name has no punycode form, for example because a label is too long.
            return false;
        }
    }
}
