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
using DumbKv.Web.Models;
using DumbKv.Web.OpenApi;
using DumbKv.Web.Tokens;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Controllers;

/// <summary>The API. Keys are only in bodies.</summary>
[ApiController]
[Route("kv")]
[Tags(KvApiConventions.Tag)]
public sealed class KvController(
    GetEntryHandler getEntry, PutEntryHandler putEntry, DeleteEntryHandler deleteEntry, EntryLimits limits, FailedReadLimiter failedReads, LargeBodyBudget largeBodies,
    TokenChecker tokens) : ControllerBase
{
    /// <summary>Reads a value, or with "peek" its metadata. The key is in the body, never in the URL.</summary>
    [HttpPost(Name = "GetValue")]
    [KeyOnlyBody]
    [NeedsRight(TokenRights.Read)]
    [ApiConventionMethod(typeof(KvApiConventions), nameof(KvApiConventions.Get))]
    public async Task<ActionResult<GetValueResponse>> Get(GetValueRequest request)
    {
        if (request.IsPeek)
        {
            HttpContext.AuditOperation("peek");
        }

        var decision = tokens.CheckDatabase(HttpContext, request.DatabaseOrDefault);
        if (decision.IsRefused)
        {
            return TokenRefused(decision);
        }

        var reader = decision.ReaderOf(request.DatabaseOrDefault);
        using var permit = await failedReads.AcquireAsync(HttpContext, reader);
        if (permit.IsRefused)
        {
            return TooManyMisses(permit.RetryAfter, ofToken: reader is not null);
        }

        var result = await getEntry.HandleAsync(request.ToQuery(), HttpContext.AuditTrail(), largeBodies.ForResponse(HttpContext), HttpContext.RequestAborted);

        switch (result.Outcome)
        {
            case GetOutcome.Found:
                return Found(result, request.IsPeek);
            case GetOutcome.Missing:
                permit.CountMiss();
                return request.SecretKey!.ContainsEndToEndKey ? EndToEndKey() : Problem(statusCode: 404, detail: ErrorMessages.Missing);
            case GetOutcome.AlreadyRead:
                return AlreadyRead(result);
            case GetOutcome.Damaged:
                return Problem(statusCode: 500, detail: ErrorMessages.Damaged);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Stores a value.</summary>
    [HttpPut(Name = "SetValue")]
    [NeedsRight(TokenRights.Write)]
    [ApiConventionMethod(typeof(KvApiConventions), nameof(KvApiConventions.Put))]
    public async Task<ActionResult<StatusResponse>> Put(SetValueRequest request)
    {
        if (tokens.CheckDatabase(HttpContext, request.DatabaseOrDefault) is { IsRefused: true } decision)
        {
            return TokenRefused(decision);
        }

        if (request.SecretKey!.ContainsEndToEndKey)
        {
            return EndToEndKey();
        }

        if (!PreconditionHeaders.TryParse(Request.Headers, mayCreate: true, out var precondition, out var error))
        {
            return Problem(statusCode: 400, detail: error);
        }

        var result = await putEntry.HandleAsync(request.ToCommand(precondition), HttpContext.AuditTrail(), HttpContext.RequestAborted);

        return result.Outcome switch
        {
            PutOutcome.Stored => Stored(result.Version!),
            PutOutcome.Exists => Problem(statusCode: 409, detail: ErrorMessages.Exists),
            PutOutcome.PreconditionFailed => Problem(statusCode: 412, detail: ErrorMessages.PreconditionFailed),
            PutOutcome.TooLarge => Problem(statusCode: 413, detail: ErrorMessages.TooLarge(limits)),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Deletes a value, if there is one.</summary>
    [HttpDelete(Name = "DeleteValue")]
    [KeyOnlyBody]
    [NeedsRight(TokenRights.Write)]
    [ApiConventionMethod(typeof(KvApiConventions), nameof(KvApiConventions.Delete))]
    public async Task<ActionResult<StatusResponse>> Delete(DeleteValueRequest request)
    {
        if (tokens.CheckDatabase(HttpContext, request.DatabaseOrDefault) is { IsRefused: true } decision)
        {
            return TokenRefused(decision);
        }

        if (!PreconditionHeaders.TryParse(Request.Headers, mayCreate: false, out var precondition, out var error))
        {
            return Problem(statusCode: 400, detail: error);
        }

        return await deleteEntry.HandleAsync(request.ToCommand(precondition), HttpContext.AuditTrail(), HttpContext.RequestAborted) switch
        {
            DeleteOutcome.Missing when request.SecretKey!.ContainsEndToEndKey => EndToEndKey(),
            DeleteOutcome.Deleted or DeleteOutcome.Missing => KvJsonResult.Of(StatusResponse.Success),
            DeleteOutcome.PreconditionFailed => Problem(statusCode: 412, detail: ErrorMessages.PreconditionFailed),
            _ => throw new UnreachableException(),
        };
    }

    // A store of an earlier version can have entries under such keys, so a get and a delete look for them first.
    private ObjectResult EndToEndKey() => Problem(statusCode: 400, detail: ErrorMessages.EndToEndKey);

    private ObjectResult AlreadyRead(GetResult result)
    {
        var problem = Problem(statusCode: 410, detail: ErrorMessages.AlreadyRead(result.ReadAt!.Value));
        var extensions = ((ProblemDetails)problem.Value!).Extensions;
        extensions["read_at"] = GetValueResponse.Format(result.ReadAt);
        extensions["etag"] = ETagOf(result.Version!);
        return problem;
    }

    private ObjectResult TokenRefused(TokenDecision decision) => Problem(statusCode: decision.Status, detail: ErrorMessages.TokenRefused(decision.Refusal));

    private ObjectResult TooManyMisses(int retryAfter, bool ofToken)
    {
        Response.Headers.RetryAfter = new(retryAfter.ToString(CultureInfo.InvariantCulture));
        return Problem(statusCode: 429, detail: ErrorMessages.TooManyMisses(retryAfter, ofToken));
    }

    private ActionResult Found(GetResult result, bool isPeek)
    {
        SetETag(result.Version!);
        return isPeek ? KvJsonResult.OfMetadata(result)
            : MediaTypes.AcceptsBytes(Request.Headers.Accept) ? new RawValueResult(result)
            : KvJsonResult.Of(result);
    }

    private ActionResult Stored(EntryVersion version)
    {
        SetETag(version);
        return KvJsonResult.Of(StatusResponse.Success);
    }

    private void SetETag(EntryVersion version) => Response.Headers.ETag = ETagOf(version);

    private static string ETagOf(EntryVersion version) => $"\"{version}\"";
}
