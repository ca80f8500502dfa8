namespace DumbKv.Infrastructure;

/// <summary>The server cannot start and another try would not help. The message is one line for the operator.</summary>
public sealed class StartRefusedException(int exitCode, string message) : Exception(message)
{
    /// <summary>2: a wrong setting; 1: anything else.</summary>
    public int ExitCode { get; } = exitCode;

    /// <param name="name">The variable.</param>
    /// <param name="rule">What is wrong and what it may be. Never its value, where that can be a secret.</param>
    public static StartRefusedException ForSetting(string name, string rule) => new(2, $"{name}: {rule}");
}
