using System.Globalization;
using DumbKv.Client;

namespace DumbKv.CommandLine.Commands;

/// <summary>The message and the exit code of a request that failed.</summary>
internal static class Failures
{
    public static int ExitCodeOf(KvException exception) => exception switch
    {
        KvConflictException or KvPreconditionFailedException => ExitCodes.Conflict,
        KvReadOnceGoneException => ExitCodes.AlreadyRead,
        KvUnauthorizedException => ExitCodes.NotAllowed,

        // A certificate that is not trusted is not trusted later either.
        KvUnavailableException { InnerException: HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } } => ExitCodes.Failed,
        KvUnavailableException => ExitCodes.Unavailable,
        _ => ExitCodes.Failed,
    };

    public static string Explain(KvException exception) => exception switch
    {
        KvUnavailableException { RetryAfter: { } wait } => string.Create(CultureInfo.InvariantCulture, $"{exception.Message} The server asks to wait {wait.TotalSeconds:0} s."),
        _ => exception.Message,
    };

    public static CommandException NotFound(bool withPassphrase) => new(
        withPassphrase ? "There is nothing under this key and passphrase. It was never set, has expired or was deleted, or the passphrase is wrong."
            : "There is nothing under this key. It was never set, has expired or was deleted, or the key is wrong.",
        ExitCodes.NotFound);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
