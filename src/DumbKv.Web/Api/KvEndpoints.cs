using System.Diagnostics;
using System.Globalization;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Web.Auditing;
using DumbKv.Web.Bytes;
using DumbKv.Web.Errors;
using DumbKv.Web.Http;
using DumbKv.Web.Json;
using DumbKv.Web.Limits;
using DumbKv.Web.Middleware;
using DumbKv.Web.Models;
using DumbKv.Web.OpenApi;
using DumbKv.Web.Tokens;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Api;

/// <summary>The API. Keys are only in bodies.</summary>
/// <remarks>Endpoints and not a controller, because the steps of MVC take an eighth of the time of a read (docs/decisions/0022).</remarks>
internal sealed class KvEndpoints(
    GetEntryHandler getEntry, PutEntryHandler putEntry, DeleteEntryHandler deleteEntry, EntryLimits limits, FailedReadLimiter failedReads, LargeBodyBudget largeBodies,
    TokenChecker tokens, LargeBufferPool buffers)
{
    private readonly RequestReader _requests = new(buffers);

    /// <summary>The metrics have it as a label, which alerts and dashboards name.</summary>
    private const string Route = "kv";

    public static void Map(IEndpointRouteBuilder app)
    {
        var kv = ActivatorUtilities.CreateInstance<KvEndpoints>(app.ServiceProvider);
        Map(HttpMethods.Post, kv.GetAsync);
        Map(HttpMethods.Put, kv.PutAsync);
        Map(HttpMethods.Delete, kv.DeleteAsync);

        // With the method as metadata the endpoint is in the OpenAPI document.
        void Map(string method, RequestDelegate handler) => app.MapMethods(Route, [method], handler).WithMetadata(handler.Method).WithConcurrencyLimit();
    }

    /// <summary>Reads a value, or with "peek" its metadata. The key is in the body, never in the URL.</summary>
    [EndpointName("GetValue")]
    [Tags(OpenApiDocumentSetup.Tag)]
    [KeyOnlyBody]
    [NeedsRight(TokenRights.Read)]
    [RequestBodyType(typeof(GetValueRequest), MediaTypes.Json)]
    [ProducesResponseType<GetValueResponse>(200)]
    [ProducesResponseType<ProblemDetails>(400)]
    [ProducesResponseType<ProblemDetails>(401)]
    [ProducesResponseType<ProblemDetails>(403)]
    [ProducesResponseType<ProblemDetails>(404)]
    [ProducesResponseType<ProblemDetails>(408)]
    [ProducesResponseType<AlreadyReadProblem>(410)]
    [ProducesResponseType<ProblemDetails>(413)]
    [ProducesResponseType<ProblemDetails>(415)]
    [ProducesResponseType<ProblemDetails>(429)]
    [ProducesResponseType<ProblemDetails>(500)]
    [ProducesResponseType<ProblemDetails>(503)]
    [ProducesResponseType<ProblemDetails>(507)]
    public async Task GetAsync(HttpContext http)
    {
        if (await _requests.ReadAsync<GetValueRequest>(http) is not { } request)
        {
            return;
        }

        if (request.IsPeek)
        {
            http.AuditOperation("peek");
        }

        var decision = tokens.CheckDatabase(http, request.DatabaseOrDefault);
        if (decision.IsRefused)
        {
            await RefuseTokenAsync(http, decision);
            return;
        }

        var reader = decision.ReaderOf(request.DatabaseOrDefault);
        using var permit = await failedReads.AcquireAsync(http, reader);
        if (permit.IsRefused)
        {
            http.Response.Headers.RetryAfter = permit.RetryAfter.ToString(CultureInfo.InvariantCulture);
            await http.WriteProblemAsync(429, ErrorMessages.TooManyMisses(permit.RetryAfter, ofToken: reader is not null));
            return;
        }

        var result = await getEntry.HandleAsync(request.ToQuery(), http.AuditTrail(), largeBodies.ForResponse(http), http.RequestAborted);

        switch (result.Outcome)
        {
            case GetOutcome.Found:
                SetETag(http, result.Version!);
                await (request.IsPeek ? JsonResponses.WriteMetadataAsync(http.Response, result)
                    : MediaTypes.AcceptsBytes(http.Request.Headers.Accept) ? BytesResponse.WriteAsync(http.Response, result)
                    : JsonResponses.WriteAsync(http.Response, result));
                break;
            case GetOutcome.Missing:
                permit.CountMiss();
                await (request.SecretKey!.ContainsEndToEndKey ? RefuseEndToEndKeyAsync(http) : http.WriteProblemAsync(404, ErrorMessages.Missing));
                break;
            case GetOutcome.AlreadyRead:
                await http.WriteProblemAsync(new AlreadyReadProblem
                {
                    Status = 410,
                    Detail = ErrorMessages.AlreadyRead(result.ReadAt!.Value),
                    ReadAt = GetValueResponse.Format(result.ReadAt)!,
                    Etag = ETagOf(result.Version!),
                });
                break;
            case GetOutcome.Damaged:
                await http.WriteProblemAsync(500, ErrorMessages.Damaged);
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Stores a value.</summary>
    [EndpointName("SetValue")]
    [Tags(OpenApiDocumentSetup.Tag)]
    [NeedsRight(TokenRights.Write)]
    [RequestBodyType(typeof(SetValueRequest), MediaTypes.Json, MediaTypes.Form)]
    [ProducesResponseType<StatusResponse>(200)]
    [ProducesResponseType<ProblemDetails>(400)]
    [ProducesResponseType<ProblemDetails>(401)]
    [ProducesResponseType<ProblemDetails>(403)]
    [ProducesResponseType<ProblemDetails>(408)]
    [ProducesResponseType<ProblemDetails>(409)]
    [ProducesResponseType<ProblemDetails>(412)]
    [ProducesResponseType<ProblemDetails>(413)]
    [ProducesResponseType<ProblemDetails>(415)]
    [ProducesResponseType<ProblemDetails>(500)]
    [ProducesResponseType<ProblemDetails>(503)]
    [ProducesResponseType<ProblemDetails>(507)]
    public async Task PutAsync(HttpContext http)
    {
        if (await _requests.ReadAsync<SetValueRequest>(http) is not { } request)
        {
            return;
        }

        if (tokens.CheckDatabase(http, request.DatabaseOrDefault) is { IsRefused: true } decision)
        {
            await RefuseTokenAsync(http, decision);
            return;
        }

        if (request.SecretKey!.ContainsEndToEndKey)
        {
            await RefuseEndToEndKeyAsync(http);
            return;
        }

        if (!PreconditionHeaders.TryParse(http.Request.Headers, mayCreate: true, out var precondition, out var error))
        {
            await http.WriteProblemAsync(400, error);
            return;
        }

        var result = await putEntry.HandleAsync(request.ToCommand(precondition), http.AuditTrail(), http.RequestAborted);

        switch (result.Outcome)
        {
            case PutOutcome.Stored:
                SetETag(http, result.Version!);
                await JsonResponses.WriteSuccessAsync(http.Response);
                break;
            case PutOutcome.Exists:
                await http.WriteProblemAsync(409, ErrorMessages.Exists);
                break;
            case PutOutcome.PreconditionFailed:
                await http.WriteProblemAsync(412, ErrorMessages.PreconditionFailed);
                break;
            case PutOutcome.TooLarge:
                await http.WriteProblemAsync(413, ErrorMessages.TooLarge(limits));
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Deletes a value, if there is one.</summary>
    [EndpointName("DeleteValue")]
    [Tags(OpenApiDocumentSetup.Tag)]
    [KeyOnlyBody]
    [NeedsRight(TokenRights.Write)]
    [RequestBodyType(typeof(DeleteValueRequest), MediaTypes.Json)]
    [ProducesResponseType<StatusResponse>(200)]
    [ProducesResponseType<ProblemDetails>(400)]
    [ProducesResponseType<ProblemDetails>(401)]
    [ProducesResponseType<ProblemDetails>(403)]
    [ProducesResponseType<ProblemDetails>(408)]
    [ProducesResponseType<ProblemDetails>(412)]
    [ProducesResponseType<ProblemDetails>(413)]
    [ProducesResponseType<ProblemDetails>(415)]
    [ProducesResponseType<ProblemDetails>(500)]
    [ProducesResponseType<ProblemDetails>(503)]
    [ProducesResponseType<ProblemDetails>(507)]
    public async Task DeleteAsync(HttpContext http)
    {
        if (await _requests.ReadAsync<DeleteValueRequest>(http) is not { } request)
        {
            return;
        }

        if (tokens.CheckDatabase(http, request.DatabaseOrDefault) is { IsRefused: true } decision)
        {
            await RefuseTokenAsync(http, decision);
            return;
        }

        if (!PreconditionHeaders.TryParse(http.Request.Headers, mayCreate: false, out var precondition, out var error))
        {
            await http.WriteProblemAsync(400, error);
            return;
        }

        switch (await deleteEntry.HandleAsync(request.ToCommand(precondition), http.AuditTrail(), http.RequestAborted))
        {
            case DeleteOutcome.Missing when request.SecretKey!.ContainsEndToEndKey:
                await RefuseEndToEndKeyAsync(http);
                break;
            case DeleteOutcome.Deleted or DeleteOutcome.Missing:
                await JsonResponses.WriteSuccessAsync(http.Response);
                break;
            case DeleteOutcome.PreconditionFailed:
                await http.WriteProblemAsync(412, ErrorMessages.PreconditionFailed);
                break;
            default:
                throw new UnreachableException();
        }
    }

    // A store of an earlier version can have entries under such keys, so a get and a delete look for them first.
    private static Task RefuseEndToEndKeyAsync(HttpContext http) => http.WriteProblemAsync(400, ErrorMessages.EndToEndKey);

    private static Task RefuseTokenAsync(HttpContext http, TokenDecision decision) =>
        http.WriteProblemAsync(decision.Status, ErrorMessages.TokenRefused(decision.Refusal));

    private static void SetETag(HttpContext http, EntryVersion version) => http.Response.Headers.ETag = ETagOf(version);

    private static string ETagOf(EntryVersion version) => $"\"{version}\"";
}
