using System.Diagnostics;
using System.Globalization;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Web.Models;
using DumbKv.Web.Observability;
using DumbKv.Web.OpenApi;
using DumbKv.Web.Security;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Controllers;

/// <summary>The API. Keys travel in bodies only.</summary>
[ApiController]
[Route("kv")]
public sealed class KvController(
    GetEntryHandler getEntry, PutEntryHandler putEntry, DeleteEntryHandler deleteEntry, EntryLimits limits, MissLimit misses, LargeBytes largeBytes) : ControllerBase
{
    /// <summary>Reads a value. The key travels in the body, never in the URL.</summary>
    [HttpPost(Name = "GetValue")]
    [ApiConventionMethod(typeof(KvAnswers), nameof(KvAnswers.Get))]
    public async Task<ActionResult<GetValueResponse>> Get(GetValueRequest request)
    {
        if (misses.IsReachedBy(HttpContext, out var seconds))
        {
            return TooManyMisses(seconds);
        }

        var result = await getEntry.HandleAsync(request.ToQuery(HttpContext.AuditEntry(), largeBytes.Admits(HttpContext)), HttpContext.RequestAborted);

        return result.Outcome switch
        {
            GetOutcome.Found => Found(result),
            GetOutcome.Missing when !misses.TryCount(HttpContext, out seconds) => TooManyMisses(seconds),
            GetOutcome.Missing => Problem(statusCode: 404, detail: Outcomes.Missing),
            GetOutcome.Damaged => Problem(statusCode: 500, detail: Outcomes.Damaged),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Stores a value.</summary>
    [HttpPut(Name = "SetValue")]
    [RequiresWriteToken]
    [ApiConventionMethod(typeof(KvAnswers), nameof(KvAnswers.Put))]
    public async Task<ActionResult<StatusResponse>> Put(SetValueRequest request)
    {
        if (!PreconditionHeaders.TryRead(Request.Headers, mayCreate: true, out var precondition, out var fault))
        {
            return Problem(statusCode: 400, detail: fault);
        }

        var result = await putEntry.HandleAsync(request.ToCommand(precondition, HttpContext.AuditEntry()), HttpContext.RequestAborted);

        return result.Outcome switch
        {
            PutOutcome.Stored => Stored(result.Version!),
            PutOutcome.Exists => Problem(statusCode: 409, detail: Outcomes.Exists),
            PutOutcome.PreconditionFailed => Problem(statusCode: 412, detail: Outcomes.PreconditionFailed),
            PutOutcome.TooLarge => Problem(statusCode: 413, detail: Outcomes.TooLarge(limits)),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Deletes a value, whether or not there is one.</summary>
    [HttpDelete(Name = "DeleteValue")]
    [RequiresWriteToken]
    [ApiConventionMethod(typeof(KvAnswers), nameof(KvAnswers.Delete))]
    public async Task<ActionResult<StatusResponse>> Delete(DeleteValueRequest request)
    {
        if (!PreconditionHeaders.TryRead(Request.Headers, mayCreate: false, out var precondition, out var fault))
        {
            return Problem(statusCode: 400, detail: fault);
        }

        return await deleteEntry.HandleAsync(request.ToCommand(precondition, HttpContext.AuditEntry()), HttpContext.RequestAborted) switch
        {
            DeleteOutcome.Deleted => JsonAnswer.Of(StatusResponse.Success),
            DeleteOutcome.PreconditionFailed => Problem(statusCode: 412, detail: Outcomes.PreconditionFailed),
            _ => throw new UnreachableException(),
        };
    }

    private ObjectResult TooManyMisses(int seconds)
    {
        Response.Headers.RetryAfter = new(seconds.ToString(CultureInfo.InvariantCulture));
        return Problem(statusCode: 429, detail: Outcomes.TooManyMisses(seconds));
    }

    private ActionResult Found(GetResult result)
    {
        SetETag(result.Version!);
        return JsonAnswer.Of(GetValueResponse.From(result));
    }

    private ActionResult Stored(EntryVersion version)
    {
        SetETag(version);
        return JsonAnswer.Of(StatusResponse.Success);
    }

    private void SetETag(EntryVersion version) => Response.Headers.ETag = $"\"{version}\"";
}
