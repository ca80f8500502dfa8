namespace DumbKv.Web.Tokens;

/// <summary>The right that an action of the API needs, if the server requires a token for it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsRightAttribute(TokenRights right) : Attribute
{
    public TokenRights Right { get; } = right;
}
