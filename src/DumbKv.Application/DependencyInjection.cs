using System.Diagnostics.Metrics;
using DumbKv.Application.Entries;
using DumbKv.Application.Maintenance;
using DumbKv.Domain.Crypto;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.Application;

public static class DependencyInjection
{
    /// <summary>Adds the use cases. They need an <see cref="IEntryStore"/> and a <see cref="TimeProvider"/>.</summary>
    /// <param name="services">The container.</param>
    /// <param name="limits">The limits of a request.</param>
    /// <param name="version">The product's version, for metrics.</param>
    public static IServiceCollection AddApplication(this IServiceCollection services, EntryLimits limits, string version) => services
        .AddSingleton(new EntryCipher())
        .AddSingleton(limits)
        .AddSingleton(provider => new KvMetrics(provider.GetRequiredService<IMeterFactory>(), version))
        .AddSingleton<GetEntryHandler>()
        .AddSingleton<PutEntryHandler>()
        .AddSingleton<DeleteEntryHandler>()
        .AddSingleton<SweepExpiredEntriesHandler>()
        .AddSingleton<ImportLegacyHandler>()
        .AddSingleton<CheckStoreHandler>();
}
