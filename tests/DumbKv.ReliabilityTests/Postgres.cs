namespace DumbKv.ReliabilityTests;

internal static class Postgres
{
    /// <summary>A separate cluster, which the test can kill.</summary>
    public static async Task<LocalPostgres> StartAsync()
    {
        if (LocalPostgres.FindBinaries() is not { } binaries)
        {
            Assert.Ignore("Needs PostgreSQL's own binaries on this machine, to stop and start it.");
            throw new InvalidOperationException();
        }

        return await LocalPostgres.StartAsync(binaries);
    }

    public static (string Name, string Value)[] Settings(string location) => [("DATABASE_TYPE", "postgres"), ("DATABASE_LOCATION", location)];
}
