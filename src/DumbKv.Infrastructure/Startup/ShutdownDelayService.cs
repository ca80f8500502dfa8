using DumbKv.Infrastructure.Storage;
using Microsoft.Extensions.Hosting;

namespace DumbKv.Infrastructure.Startup;

/// <summary>
/// On SIGTERM the server first says that it is not ready, and serves on until the balancers before it have heard: they send
/// traffic for a moment longer. A SQLite file's server has no replica that could take over, so there is nothing to wait for.
/// </summary>
internal sealed class ShutdownDelayService(StoreHealth health, DatabaseOptions options) : IHostedLifecycleService
{
    private static readonly TimeSpan UntilBalancersKnow = TimeSpan.FromSeconds(5);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        health.IsStopping = true;
        if (options.Type == DatabaseType.Postgres && health.NotReady is null)
        {
            await Task.Delay(UntilBalancersKnow, cancellationToken);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
