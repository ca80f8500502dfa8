using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.Client;

/// <summary>Registers <see cref="DumbKvClient"/>.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Registers <see cref="DumbKvClient"/> with IHttpClientFactory.</summary>
    /// <remarks>
    /// Redirects are not followed, because a redirect to another server would send the key and the value there. Add no handler that
    /// repeats requests: a set could then be made twice, and a read-once value be lost. The client itself repeats what is safe.
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="server">The address of the server, for example https://dumbkv.example.com.</param>
    /// <param name="configure">Sets the options of each client.</param>
    /// <returns>A builder for the HttpClient, for example to add handlers.</returns>
    public static IHttpClientBuilder AddDumbKvClient(this IServiceCollection services, Uri server, Action<DumbKvClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(server);

        return services
            .AddHttpClient(nameof(DumbKvClient), http => http.BaseAddress = server)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            .AddTypedClient(http =>
            {
                var options = new DumbKvClientOptions();
                configure?.Invoke(options);
                return new DumbKvClient(http, options);
            });
    }
}
