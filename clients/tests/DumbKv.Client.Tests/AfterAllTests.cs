using DumbKv.TestHarness;

namespace DumbKv.Client.Tests;

[SetUpFixture]
public sealed class AfterAllTests
{
    [OneTimeTearDown]
    public Task StopPostgres() => PostgresServer.StopSharedAsync();
}
