namespace DumbKv.TestHarness;

/// <summary>Each test has its own server and store, on each database in turn.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public abstract class ServerTests(StoreKind kind)
{
    private TestStore? _store;
    private TestServer? _server;

    protected TestStore Store => _store!;

    protected TestServer Server => _server!;

    protected HttpClient Http => Server.Http;

    protected virtual (string Name, string Value)[] Settings => [];

    [SetUp]
    public async Task StartServer()
    {
        _store = await TestStore.CreateAsync(kind);
        _server = await TestServer.StartAsync(_store, Settings);
    }

    [TearDown]
    public async Task StopServer()
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
