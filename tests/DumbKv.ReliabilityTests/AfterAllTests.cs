namespace DumbKv.ReliabilityTests;

[SetUpFixture]
public sealed class AfterAllTests
{
    [OneTimeTearDown]
    public Task StopPostgres() => PostgresServer.StopSharedAsync();
}
