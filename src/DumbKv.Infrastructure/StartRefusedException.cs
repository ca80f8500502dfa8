namespace DumbKv.Infrastructure;

/// <summary>Why a start, or a command, was refused.</summary>
public enum StartRefusal
{
    /// <summary>A setting or an argument is wrong, or names something that does not exist.</summary>
    WrongSetting,

    /// <summary>The settings can be right, but the store cannot be used as it is.</summary>
    UnusableStore,
}

/// <summary>A start is refused, and a retry would not help. The message is one line for the operator.</summary>
public sealed class StartRefusedException(StartRefusal reason, string message) : Exception(message)
{
    public StartRefusal Reason { get; } = reason;

    /// <param name="name">The variable.</param>
    /// <param name="rule">What is wrong and what is allowed. Never the value if it can be a secret.</param>
    public static StartRefusedException ForSetting(string name, string rule) => new(StartRefusal.WrongSetting, $"{name}: {rule}");
}
