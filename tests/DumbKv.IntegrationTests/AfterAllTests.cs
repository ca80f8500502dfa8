using DumbKv.TestHarness;

namespace DumbKv.IntegrationTests;

[SetUpFixture]
public sealed class AfterAllTests
{
    [OneTimeTearDown]
    public Task StopPostgres() => PostgresServer.StopSharedAsync();
}
