using DumbKv.Infrastructure;

namespace DumbKv.Web;

/// <summary>The exit codes of the server and of the commands. 0 is success.</summary>
internal static class ExitCodes
{
    public const int Failed = 1;

    /// <summary>A setting or an argument is wrong.</summary>
    public const int WrongUsage = 2;

    public static int For(StartRefusedException refusal) => refusal.Reason == StartRefusal.WrongSetting ? WrongUsage : Failed;
}
