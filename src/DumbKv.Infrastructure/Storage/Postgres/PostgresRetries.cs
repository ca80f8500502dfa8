namespace DumbKv.Infrastructure.Storage.Postgres;

/// <summary>
/// Two more tries within half a second: a failover, or a pooled connection that the database has closed, is over by then or
/// takes so long that the caller should know. EF Core's own retries read every result into memory first.
/// </summary>
internal static class PostgresRetries
{
    private static readonly TimeSpan[] Delays = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400)];

    public static async Task<TResult> RunAsync<TResult>(PostgresConnections connections, Func<Task<TResult>> work)
    {
        foreach (var delay in Delays)
        {
            try
            {
                return await work();
            }
            catch (Exception exception) when (PostgresErrors.IsWorthAnotherTry(exception))
            {
                if (PostgresErrors.IsTheConnections(exception))
                {
                    connections.Renew();
                }

                await Task.Delay(delay);
            }
        }

        return await work();
    }
}
