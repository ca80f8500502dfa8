namespace DumbKv.ReliabilityTests;

/// <summary>The server of the version before, which <c>./test.sh --long</c> publishes.</summary>
internal static class VersionBefore
{
    /// <summary>Its dumbkv.dll. Null if there is none.</summary>
    public static string? Server { get; } = Environment.GetEnvironmentVariable("DUMBKV_TEST_SERVER_BEFORE");

    public static void IgnoreIfMissing()
    {
        if (Server is null)
        {
            Assert.Ignore("Needs ./test.sh --long, in a clone with the commit that version-before.txt names.");
        }
    }
}
