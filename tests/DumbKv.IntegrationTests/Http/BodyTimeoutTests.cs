using System.IO.Pipelines;
using DumbKv.Application.Entries;
using DumbKv.Web.Limits;
using DumbKv.Web.Middleware;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace DumbKv.IntegrationTests.Http;

/// <summary>
/// The time for a body ends in a timer. An exception there ends the process, and Kestrel throws one if the client has disconnected at this
/// moment. The moment cannot be hit on purpose, so a body of this test throws it.
/// </summary>
public sealed class BodyTimeoutTests
{
    [Test]
    public async Task A_client_that_disconnects_when_its_time_is_over_does_no_harm()
    {
        var time = new FakeTimeProvider();
        var body = new AbortedBody();
        var http = new DefaultHttpContext();
        http.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new ConcurrencyLimitMiddleware.Marker()), "kv"));
        http.Request.ContentLength = 100;
        http.Features.Set<IHttpRequestBodyDetectionFeature>(body);
        http.Features.Set<IRequestBodyPipeFeature>(body);
        var wasHandled = false;
        var middleware = new BodyBufferingMiddleware(
            _ =>
            {
                wasHandled = true;
                return Task.CompletedTask;
            },
            EntryLimits.Default, new LargeBodyBudget(EntryLimits.Default, new LargeBufferPool()), time);

        var request = middleware.InvokeAsync(http);
        time.Invoking(clock => clock.Advance(TimeSpan.FromMinutes(1))).Should().NotThrow();
        body.End();
        await request;

        body.WasCancelled.Should().BeTrue();
        wasHandled.Should().BeFalse();
        http.Response.StatusCode.Should().Be(StatusCodes.Status499ClientClosedRequest);
    }

    private sealed class AbortedBody : PipeReader, IHttpRequestBodyDetectionFeature, IRequestBodyPipeFeature
    {
        private readonly TaskCompletionSource<ReadResult> _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool CanHaveBody => true;

        public PipeReader Reader => this;

        public bool WasCancelled { get; private set; }

        public void End() => _reading.SetException(new ConnectionResetException("The client reset the request stream."));

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => new(_reading.Task);

        public override void CancelPendingRead()
        {
            WasCancelled = true;
            throw new ConnectionAbortedException("The request stream was aborted.");
        }

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

        public override void AdvanceTo(SequencePosition consumed) => throw new NotSupportedException();

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => throw new NotSupportedException();

        public override void Complete(Exception? exception = null) => throw new NotSupportedException();
    }
}
