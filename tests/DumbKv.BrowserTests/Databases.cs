using DumbKv.TestHarness;

namespace DumbKv.BrowserTests;

/// <summary>The databases on which most tests of the page run.</summary>
internal static class Databases
{
    /// <summary>
    /// The page is the same with each database, and the HTTP tests of the page run on both. Here PostgreSQL is covered by one fixture of
    /// <see cref="FormTests"/> and of <see cref="AxeTests"/>, and by all tests in a long run.
    /// </summary>
    public static IEnumerable<StoreKind> OfThePage => Rounds.AreLong ? Stores.All : [StoreKind.Sqlite];
}
