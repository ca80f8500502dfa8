using System.Diagnostics;
using System.Globalization;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Web.Auditing;
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
    GetEntryHandler getEntry, PutEntryHandler putEntry, DeleteEntryHandler deleteEntry, EntryLimits limits, FailedReadLimiter failedReads, LargeBodyBudget largeBodies) : ControllerBase
{
    /// <summary>Reads a value, or with "peek" its metadata. The key is in the body, never in the URL.</summary>
    [HttpPost(Name = "GetValue")]
    [KeyOnlyBody]
    [ApiConventionMethod(typeof(KvApiConventions), nameof(KvApiConventions.Get))]
    public async Task<ActionResult<GetValueResponse>> Get(GetValueRequest request)
    {
        if (request.IsPeek)
        {
            HttpContext.AuditOperation("peek");
        }

        using var permit = await failedReads.AcquireAsync(HttpContext);
        if (permit.IsRefused)
        {
            return TooManyMisses(permit.RetryAfter);
        }

        var result = await getEntry.HandleAsync(request.ToQuery(), HttpContext.AuditTrail(), largeBodies.ForResponse(HttpContext), HttpContext.RequestAborted);

        switch (result.Outcome)
        {
            case GetOutcome.Found:
                return Found(result, request.IsPeek);
            case GetOutcome.Missing:
                permit.CountMiss();
                return Problem(statusCode: 404, detail: ErrorMessages.Missing);
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
    [RequireWriteToken]
    [ApiConventionMethod(typeof(KvApiConventions), nameof(KvApiConventions.Put))]
    public async Task<ActionResult<StatusResponse>> Put(SetValueRequest request)
    {
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
    [RequireWriteToken]
    [ApiConventionMethod(typeof(KvApiConventions), nameof(KvApiConventions.Delete))]
    public async Task<ActionResult<StatusResponse>> Delete(DeleteValueRequest request)
    {
        if (!PreconditionHeaders.TryParse(Request.Headers, mayCreate: false, out var precondition, out var error))
        {
            return Problem(statusCode: 400, detail: error);
        }

        return await deleteEntry.HandleAsync(request.ToCommand(precondition), HttpContext.AuditTrail(), HttpContext.RequestAborted) switch
        {
            DeleteOutcome.Deleted or DeleteOutcome.Missing => KvJsonResult.Of(StatusResponse.Success),
            DeleteOutcome.PreconditionFailed => Problem(statusCode: 412, detail: ErrorMessages.PreconditionFailed),
            _ => throw new UnreachableException(),
        };
    }

    private ObjectResult AlreadyRead(GetResult result)
    {
        var problem = Problem(statusCode: 410, detail: ErrorMessages.AlreadyRead(result.ReadAt!.Value));
        var extensions = ((ProblemDetails)problem.Value!).Extensions;
        extensions["read_at"] = GetValueResponse.Format(result.ReadAt);
        extensions["etag"] = ETagOf(result.Version!);
        return problem;
    }

    private ObjectResult TooManyMisses(int retryAfter)
    {
        Response.Headers.RetryAfter = new(retryAfter.ToString(CultureInfo.InvariantCulture));
        return Problem(statusCode: 429, detail: ErrorMessages.TooManyMisses(retryAfter));
    }

    private ActionResult Found(GetResult result, bool isPeek)
    {
        SetETag(result.Version!);
        return isPeek ? KvJsonResult.OfMetadata(result) : KvJsonResult.Of(result);
    }

    private ActionResult Stored(EntryVersion version)
    {
        SetETag(version);
        return KvJsonResult.Of(StatusResponse.Success);
    }

    private void SetETag(EntryVersion version) => Response.Headers.ETag = ETagOf(version);

    private static string ETagOf(EntryVersion version) => $"\"{version}\"";
}
