namespace DumbKv.TestHarness;

/// <summary>The number of repetitions of a test that depends on timing: few for each commit, many with <c>./test.sh --long</c>.</summary>
public static class Rounds
{
    public static bool AreLong { get; } = Environment.GetEnvironmentVariable("DUMBKV_TEST_LONG") == "1";

    public static int Of(int usual, int release) => AreLong ? release : usual;
}
