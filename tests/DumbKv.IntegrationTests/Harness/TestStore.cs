namespace DumbKv.IntegrationTests.Harness;

public enum StoreKind
{
    Sqlite,
}

/// <summary>The stores that every storage and HTTP test runs on.</summary>
public static class Stores
{
    public static IEnumerable<StoreKind> All => [StoreKind.Sqlite];
}

/// <summary>A store of one test's own: nothing in it, and gone with the test.</summary>
public sealed class TestStore : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-test-");

    /// <summary>The folder that a server on this store is started from.</summary>
    public string Folder => _folder.FullName;

    public string File => Path.Combine(Folder, "dumbkv.db");

    public Dictionary<string, string?> Settings => new()
    {
        ["DATABASE_TYPE"] = "sqlite",
        ["DATABASE_LOCATION"] = File,
    };

    public void Dispose() => _folder.Delete(recursive: true);
}
