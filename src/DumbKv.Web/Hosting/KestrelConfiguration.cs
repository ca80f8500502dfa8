using DumbKv.Web.Configuration;
using DumbKv.Web.Limits;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DumbKv.Web.Hosting;

internal static class KestrelConfiguration
{
    public static void ConfigureKestrel(this WebApplicationBuilder builder, ServerSettings settings)
    {
        builder.WebHost.UseUrls([.. ListenAddresses.Read(builder.Configuration[WebHostDefaults.ServerUrlsKey], settings.MetricsPort)]);

        builder.WebHost.UseSockets(sockets =>
        {
            // Takes 4 KiB for each idle connection and saves two system calls for each request.
            sockets.WaitForDataBeforeAllocatingBuffer = false;

            // As many as can be open. If the queue is full, the system drops the next client's attempt, and the client repeats it after a second.
            sockets.Backlog = ConnectionLimits.MaxConnections;
            sockets.CreateBoundListenSocket = new ListenSockets(settings.MetricsPort).Bind;
        });

        var limits = new ConnectionLimits(address => settings.TrustedProxies.Any(network => network.Contains(address)), settings.MetricsPort);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBodyLimit.MaxBytes(settings.Limits);
            kestrel.Limits.MaxRequestBufferSize = 64 * 1024; // What Kestrel receives ahead of the reader. No other limit counts it.
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75); // Longer than an ingress keeps its connections.
            limits.Apply(kestrel);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
            kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 32 * 1024, gracePeriod: TimeSpan.FromSeconds(5));
        });
    }
}
