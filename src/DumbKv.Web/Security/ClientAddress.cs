using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace DumbKv.Web.Security;

/// <summary>Who calls: the connection's other end, or whom a trusted proxy names.</summary>
internal static class ClientAddress
{
    /// <summary>ASPNETCORE_FORWARDEDHEADERS_ENABLED, which some platforms set, would have the framework believe everybody.</summary>
    public static void TrustNobodyByDefault(this WebApplicationBuilder builder) => builder.Configuration["FORWARDEDHEADERS_ENABLED"] = "false";

    /// <summary>X-Forwarded-For and X-Forwarded-Proto from these networks, and from nobody else: otherwise anybody chooses his address.</summary>
    public static void UseTrustedProxies(this IApplicationBuilder app, IReadOnlyList<IPNetwork> networks)
    {
        if (networks.Count == 0)
        {
            return;
        }

        // The last address of the header alone: the one that the trusted proxy itself saw.
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = 1 };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in networks)
        {
            options.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(options);
    }

    /// <summary>What a limit counts by: an IPv4 address, or an IPv6 network of 64 bits, which is what one subscriber has to choose from.</summary>
    public static IPAddress LimitedPart(IPAddress? address)
    {
        if (address is null or { AddressFamily: not AddressFamily.InterNetworkV6 })
        {
            return address ?? IPAddress.None;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
