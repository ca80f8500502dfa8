namespace DumbKv.Web.Tokens;

/// <summary>Marks an action that writes: it requires a token if the server has WRITE_TOKENS.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequireWriteTokenAttribute : Attribute;
