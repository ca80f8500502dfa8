namespace DumbKv.Web.Tokens;

/// <summary>What a token allows.</summary>
[Flags]
public enum TokenRights
{
    None = 0,

    /// <summary>Gets and peeks.</summary>
    Read = 1,

    /// <summary>Sets and deletes.</summary>
    Write = 2,
}

/// <summary>The names of rights in TOKENS_FILE and on the command line.</summary>
public static class TokenRightNames
{
    public const string Read = "read";

    public const string Write = "write";

    /// <summary>Null if a name is unknown or occurs twice, or there is none.</summary>
    public static TokenRights? Parse(IEnumerable<string?> names)
    {
        var rights = TokenRights.None;
        foreach (var name in names)
        {
            var right = name switch
            {
                Read => TokenRights.Read,
                Write => TokenRights.Write,
                _ => TokenRights.None,
            };
            if (right == TokenRights.None || (rights & right) != TokenRights.None)
            {
                return null;
            }

            rights |= right;
        }

        return rights == TokenRights.None ? null : rights;
    }

    public static IEnumerable<string> Of(TokenRights rights)
    {
        if ((rights & TokenRights.Read) != TokenRights.None)
        {
            yield return Read;
        }

        if ((rights & TokenRights.Write) != TokenRights.None)
        {
            yield return Write;
        }
    }
}
