using System.Net;

namespace DumbKv.Client;

/// <summary>A request failed. The message is a sentence for the user, and contains no key and no value.</summary>
public class KvException : Exception
{
    internal KvException(string message, HttpStatusCode? statusCode = null, Exception? innerException = null)
        : base(message, innerException) => StatusCode = statusCode;

    /// <summary>The status of the response. Null if there was none.</summary>
    public HttpStatusCode? StatusCode { get; }
}

/// <summary>The key already has a value, which was kept (409).</summary>
public sealed class KvConflictException : KvException
{
    internal KvConflictException(string message) : base(message, HttpStatusCode.Conflict)
    {
    }
}

/// <summary>The entry is not the version that the request named, or there is none, or there is one (412). Nothing was changed.</summary>
public sealed class KvPreconditionFailedException : KvException
{
    internal KvPreconditionFailedException(string message) : base(message, HttpStatusCode.PreconditionFailed)
    {
    }
}

/// <summary>The value was read-once, and was read (410).</summary>
public sealed class KvReadOnceGoneException : KvException
{
    internal KvReadOnceGoneException(string message) : base(message, HttpStatusCode.Gone)
    {
    }

    /// <summary>When the value was read, by the server's clock.</summary>
    public DateTimeOffset? ReadAt { get; internal init; }

    /// <summary>The version that was read, as <see cref="DumbKvClient.SetAsync(string, string, SetOptions?, CancellationToken)"/> returned it.</summary>
    public string? ETag { get; internal init; }

    /// <summary>This call repeated the read after a failure, so an earlier attempt of the same call may have read the value and lost it.</summary>
    public bool MayBeOwnRead { get; internal init; }
}

/// <summary>The server cannot handle the request now: it is unavailable, overloaded or full, limits this client, or cannot be reached.</summary>
public sealed class KvUnavailableException : KvException
{
    internal KvUnavailableException(string message, HttpStatusCode? statusCode = null, Exception? innerException = null)
        : base(message, statusCode, innerException)
    {
    }

    /// <summary>When the server asks to try again. Null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>The request may have been carried out. Peek to find out.</summary>
    public bool OutcomeUnknown { get; internal init; }
}

/// <summary>The request needs a token (401), or its token does not allow it (403).</summary>
public sealed class KvUnauthorizedException : KvException
{
    internal KvUnauthorizedException(string message, HttpStatusCode statusCode) : base(message, statusCode)
    {
    }
}

/// <summary>The value is no end-to-end value of this key, or it is damaged or altered.</summary>
public sealed class KvDamagedException : KvException
{
    internal KvDamagedException() : base("The value is damaged or altered, or is not an end-to-end value.")
    {
    }
}
