namespace DumbKv.TestHarness;

/// <summary>How often luck is tried: as often as a commit can wait for, or, by <c>./test.sh --long</c>, as a release should.</summary>
public static class Rounds
{
    public static bool AreLong { get; } = Environment.GetEnvironmentVariable("DUMBKV_TEST_LONG") == "1";

    public static int Of(int usual, int release) => AreLong ? release : usual;
}
