namespace DumbKv.CommandLine.Tests;

/// <summary>One server for all tests. Each test has keys of its own.</summary>
[SetUpFixture]
public sealed class SharedServer
{
    private static ServerProcess? _server;
    private static TestStore? _store;

    public static Uri Address => _server!.Http.BaseAddress!;

    public static HttpClient Http => _server!.Http;

    [OneTimeSetUp]
    public async Task Start()
    {
        _store = await TestStore.CreateAsync();
        _server = await ServerProcess.StartAsync(_store.Folder, ("DATABASE_LOCATION", _store.Location), ("MAX_VALUE_BYTES", "67108864"));
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
        }
    }
}
