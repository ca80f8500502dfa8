namespace DumbKv.ReliabilityTests;

internal static class Postgres
{
    /// <summary>A cluster of a test's own, which it may kill.</summary>
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
