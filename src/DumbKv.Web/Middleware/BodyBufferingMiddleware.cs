using System.IO.Pipelines;
using DumbKv.Application.Entries;
using DumbKv.Web.Errors;
using DumbKv.Web.Limits;
using Microsoft.AspNetCore.Http.Features;

namespace DumbKv.Web.Middleware;

/// <summary>
/// Reads the whole body before a request takes a permit or a store connection, so that a slow upload holds only its own bytes.
/// <see cref="LargeBodyBudget"/> bounds the bytes of all large bodies. A compressed body is rejected: it would have no bound.
/// </summary>
internal sealed class BodyBufferingMiddleware(RequestDelegate next, EntryLimits limits, LargeBodyBudget budget, TimeProvider time)
{
    /// <summary>The Content-Encoding of a body that is not compressed.</summary>
    private const string Identity = "identity";

    /// <summary>Ten seconds, and one more for each MiB above the first that a value may have.</summary>
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(10 + ((limits.MaxValueBytes - 1) >> 20));

    public Task InvokeAsync(HttpContext http)
    {
        if (!http.HasConcurrencyLimit() || http.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
        {
            return next(http);
        }

        if (http.Request.Headers.ContentEncoding is { Count: > 0 } coding && !coding.ToString().Equals(Identity, StringComparison.OrdinalIgnoreCase))
        {
            http.Response.Headers.AcceptEncoding = Identity; // RFC 9110, section 15.5.16.
            return RejectAsync(http, StatusCodes.Status415UnsupportedMediaType, ErrorMessages.EncodedBody);
        }

        var reading = http.Request.BodyReader.ReadAsync();
        if (!reading.IsCompletedSuccessfully)
        {
            return BufferAsync(http, reading.AsTask());
        }

        var body = reading.Result;
        if (!body.IsCompleted || body.Buffer.Length > LargeBodyBudget.UncountedBytes)
        {
            return BufferAsync(http, Task.FromResult(body));
        }

        Unread(http, body);
        return next(http);
    }

    private async Task BufferAsync(HttpContext http, Task<ReadResult> reading)
    {
        var reader = http.Request.BodyReader;
        using var timeout = new CancellationTokenSource(_timeout, time);
        using var reservation = budget.ForRequest(http);
        await using (timeout.Token.Register(static reader => Cancel((PipeReader)reader!), reader))
        {
            while (true)
            {
                ReadResult body;
                try
                {
                    body = await reading;
                }
                catch (IOException exception) when (http.Request.ContentLength is not null && exception is not BadHttpRequestException { StatusCode: not StatusCodes.Status400BadRequest })
                {
                    // The client disconnected. The status is for the logs. Without Abort, Kestrel waits for another request and logs that it cannot.
                    http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                    http.Abort();
                    return;
                }
                catch (IOException exception) when (exception is not BadHttpRequestException)
                {
                    // The length of a chunk does not fit a number.
                    await RejectAsync(http, StatusCodes.Status400BadRequest, ErrorMessages.ForStatus(StatusCodes.Status400BadRequest));
                    return;
                }

                var received = body.Buffer.Length;
                if (body.IsCanceled)
                {
                    Unread(http, body);
                    await RejectAsync(http, StatusCodes.Status408RequestTimeout, ErrorMessages.ForStatus(StatusCodes.Status408RequestTimeout));
                    return;
                }

                if (received > LargeBodyBudget.UncountedBytes && !reservation.TryReserve(received))
                {
                    Unread(http, body);
                    http.Response.Headers.RetryAfter = "1";
                    await RejectAsync(http, StatusCodes.Status503ServiceUnavailable, "The server is busy with large requests. Try again in a moment.");
                    return;
                }

                if (body.IsCompleted)
                {
                    Unread(http, body);
                    break;
                }

                reader.AdvanceTo(body.Buffer.Start, body.Buffer.End);
                reading = reader.ReadAsync().AsTask();
            }
        }

        await next(http);
    }

    /// <summary>Called by a timer, where an exception would end the process. Kestrel throws one if the client has disconnected.</summary>
    private static void Cancel(PipeReader reader)
    {
        try
        {
            reader.CancelPendingRead();
        }
        catch (Exception)
        {
            // The read ends too, and handles the disconnected client.
        }
    }

    /// <summary>Leaves the whole body in the pipe for the next reader.</summary>
    private static void Unread(HttpContext http, ReadResult body) => http.Request.BodyReader.AdvanceTo(body.Buffer.Start);

    private static Task RejectAsync(HttpContext http, int status, string detail)
    {
        http.Response.Headers.Connection = "close"; // Kestrel then does not read the rest of the body.
        return http.WriteProblemAsync(status, detail);
    }
}
