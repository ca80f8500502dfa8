using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace DumbKv.Web.Limits;

/// <summary>The address of the client: the connection's remote address, or the one that a trusted proxy forwards.</summary>
internal static class ClientAddress
{
    /// <summary>Some platforms set ASPNETCORE_FORWARDEDHEADERS_ENABLED, which makes the framework trust forwarded headers from any address.</summary>
    public static void DisableImplicitForwardedHeaders(this WebApplicationBuilder builder) => builder.Configuration["FORWARDEDHEADERS_ENABLED"] = "false";

    /// <summary>Trusts X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host from these networks only. Otherwise any client could choose its address.</summary>
    public static void UseTrustedProxies(this IApplicationBuilder app, IReadOnlyList<IPNetwork> networks)
    {
        if (networks.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions
        {
            // Not X-Forwarded-Prefix: the page needs the root of its host.
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = 1, // Only the last entry of each header, which the trusted proxy itself added.
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in networks)
        {
            options.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(options);
    }

    /// <summary>A socket that listens on all addresses has IPv4 clients as ::ffff:192.0.2.1.</summary>
    public static IPAddress? Unmap(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    /// <summary>The key that limits count by: an IPv4 address, or an IPv6 /64 network, which one subscriber usually controls.</summary>
    public static IPAddress ForLimits(IPAddress? address)
    {
        address = Unmap(address);
        if (address is null or { AddressFamily: not AddressFamily.InterNetworkV6 })
        {
            return address ?? IPAddress.None;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
