namespace DumbKv.IntegrationTests.Harness;

/// <summary>Each test has a server and a store of its own, on each database in turn.</summary>
[TestFixtureSource(typeof(Stores), nameof(Stores.All))]
public abstract class ServerTests(StoreKind kind)
{
    private TestServer? _server;

    protected TestStore Store { get; } = new();

    protected StoreKind Kind { get; } = kind;

    protected TestServer Server => _server!;

    protected HttpClient Http => Server.Http;

    protected virtual (string Name, string Value)[] Settings => [];

    [SetUp]
    public async Task StartServer() => _server = await TestServer.StartAsync(Store, Settings);

    [TearDown]
    public async Task StopServer()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Store.Dispose();
    }
}
