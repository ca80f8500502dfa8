using DumbKv.Web.Configuration;
using DumbKv.Web.Tokens;

namespace DumbKv.Web.Hosting;

internal static class TokenConfiguration
{
    public static IServiceCollection AddTokens(this IServiceCollection services, ServerSettings settings) => services
        .AddSingleton(settings.Tokens)
        .AddSingleton(provider => new TokenPolicy(settings.Tokens, settings.RequireToken, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<TokenChecker>()
        .AddHostedService<TokensFileWatcher>();
}
