namespace DumbKv.CommandLine.Tests;

/// <summary>One server for all tests. Each test has keys of its own.</summary>
[SetUpFixture]
public sealed class SharedServer
{
    private static ServerProcess? s_server;
    private static TestStore? s_store;

    public static Uri Address => s_server!.Http.BaseAddress!;

    public static HttpClient Http => s_server!.Http;

    [OneTimeSetUp]
    public async Task Start()
    {
        s_store = await TestStore.CreateAsync();
        s_server = await ServerProcess.StartAsync(s_store.Folder, ("DATABASE_LOCATION", s_store.Location), ("MAX_VALUE_BYTES", "67108864"));
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (s_server is not null)
        {
            await s_server.DisposeAsync();
        }

        if (s_store is not null)
        {
            await s_store.DisposeAsync();
        }
    }
}
