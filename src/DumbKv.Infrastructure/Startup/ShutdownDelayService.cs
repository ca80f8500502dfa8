using DumbKv.Infrastructure.Storage;
using Microsoft.Extensions.Hosting;

namespace DumbKv.Infrastructure.Startup;

/// <summary>
/// On SIGTERM the server first reports that it is not ready, and continues to serve until load balancers have noticed. A server on a
/// SQLite file has no replica that could take over, so it does not wait.
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
