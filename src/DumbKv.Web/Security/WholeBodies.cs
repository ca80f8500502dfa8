using System.IO.Pipelines;
using DumbKv.Application.Entries;
using DumbKv.Web.Configuration;
using DumbKv.Web.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace DumbKv.Web.Security;

/// <summary>
/// A call begins when its body has arrived whole, so that a slow upload holds nothing but its own bytes; and what has arrived
/// of all large bodies together is bounded, from their first byte until they are answered.
/// </summary>
internal sealed class WholeBodies(RequestDelegate next, EntryLimits limits, TimeProvider time)
{
    /// <summary>Bodies up to here are not counted: as many as there may be connections fit in memory.</summary>
    private const int SmallBytes = 16 * 1024;

    /// <summary>Of all large bodies together; at least one of the largest. Each byte costs some six while it is parsed, sealed and written.</summary>
    private readonly long _room = Math.Max(48 << 20, KestrelConfiguration.LargestBody(limits));

    /// <summary>Ten seconds, and one more for each MiB that a value may have above the first.</summary>
    private readonly TimeSpan _patience = TimeSpan.FromSeconds(10 + ((limits.MaxValueBytes - 1) >> 20));

    private long _taken;

    public Task InvokeAsync(HttpContext http)
    {
        if (!http.MayBeShed() || http.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
        {
            return next(http);
        }

        var reading = http.Request.BodyReader.ReadAsync();
        if (!reading.IsCompletedSuccessfully)
        {
            return WaitAsync(http, reading.AsTask());
        }

        var body = reading.Result;
        if (!body.IsCompleted || body.Buffer.Length > SmallBytes)
        {
            return WaitAsync(http, Task.FromResult(body));
        }

        PutBack(http, body);
        return next(http);
    }

    private async Task WaitAsync(HttpContext http, Task<ReadResult> reading)
    {
        var reader = http.Request.BodyReader;
        using var patience = new CancellationTokenSource(_patience, time);
        var taken = 0L;
        try
        {
            await using (patience.Token.Register(static reader => ((PipeReader)reader!).CancelPendingRead(), reader))
            {
                while (true)
                {
                    var body = await reading;
                    var arrived = body.Buffer.Length;
                    if (body.IsCanceled)
                    {
                        PutBack(http, body);
                        await RefuseAsync(http, StatusCodes.Status408RequestTimeout, "The request's body did not arrive in time. Send it faster, or less of it.");
                        return;
                    }

                    if (arrived > SmallBytes && !TryTake(arrived, ref taken))
                    {
                        PutBack(http, body);
                        http.Response.Headers.RetryAfter = "1";
                        await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, "The server is busy with large requests. Try again in a moment.");
                        return;
                    }

                    if (body.IsCompleted)
                    {
                        PutBack(http, body);
                        break;
                    }

                    reader.AdvanceTo(body.Buffer.Start, body.Buffer.End);
                    reading = reader.ReadAsync().AsTask();
                }
            }

            await next(http);
        }
        finally
        {
            Interlocked.Add(ref _taken, -taken);
        }
    }

    /// <summary>Whoever reads the body next finds all of it.</summary>
    private static void PutBack(HttpContext http, ReadResult body) => http.Request.BodyReader.AdvanceTo(body.Buffer.Start);

    private bool TryTake(long arrived, ref long taken)
    {
        var more = arrived - taken;
        if (Interlocked.Add(ref _taken, more) > _room)
        {
            Interlocked.Add(ref _taken, -more);
            return false;
        }

        taken = arrived;
        return true;
    }

    private static Task RefuseAsync(HttpContext http, int status, string detail)
    {
        http.Response.Headers.Connection = "close"; // The rest of the body is not waited for.
        return Problems.WriteAsync(http, status, detail);
    }
}
