namespace DumbKv.ReliabilityTests;

/// <summary>How often luck is tried: as often as a commit can wait for, or, by <c>./test.sh --long</c>, as a release should.</summary>
internal static class Rounds
{
    public static int Of(int usual, int @long) => Environment.GetEnvironmentVariable("DUMBKV_TEST_LONG") == "1" ? @long : usual;
}
