using System.Diagnostics;
using System.Globalization;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Web.Models;
using DumbKv.Web.Observability;
using DumbKv.Web.Security;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Controllers;

/// <summary>The page. Its forms go the same way as the API's calls; scripts on it only save the reload.</summary>
[ApiExplorerSettings(IgnoreApi = true)]
public sealed class HomeController(
    GetEntryHandler getEntry, PutEntryHandler putEntry, DeleteEntryHandler deleteEntry, EntryLimits limits, MissLimit misses, WriteTokens tokens, TimeProvider time) : Controller
{
    [HttpGet("/")]
    public IActionResult Index() => Page(new PageView());

    /// <summary>Get, set or delete, as the button says that was pressed.</summary>
    [HttpPost("/")]
    [RefuseCrossSitePosts]
    [Consumes("application/x-www-form-urlencoded")]
    public async Task<IActionResult> Submit(CancellationToken cancellationToken)
    {
        if (await ReadFormAsync(cancellationToken) is not { } form)
        {
            return Error(new PageForm(), StatusCodes.Status400BadRequest, "This is not a form that the page sends. Open the page and use it there.");
        }

        if (form.FindFault() is { } field)
        {
            return Fault(form, field);
        }

        if (form.Action is "set" or "delete" && !MayWrite(form))
        {
            HttpContext.AuditOperation(form.Action);
            Response.AskForToken();
            return Error(form, StatusCodes.Status401Unauthorized, FieldRules.ForPage("token"), "token");
        }

        try
        {
            return form.Action switch
            {
                "get" => await GetAsync(form, cancellationToken),
                "set" => await SetAsync(form, cancellationToken),
                "delete" => await DeleteAsync(form, cancellationToken),
                _ => Error(form, 400, "Press one of the buttons: Get, Set or Delete."),
            };
        }
        catch (StoreException exception)
        {
            return Error(form, exception is StoreFullException ? 507 : 503, exception.Message);
        }
    }

    /// <summary>Null where it is no form, or one with thousands of fields.</summary>
    private async Task<PageForm?> ReadFormAsync(CancellationToken cancellationToken)
    {
        try
        {
            return PageForm.Read(await Request.ReadFormAsync(cancellationToken));
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private async Task<IActionResult> GetAsync(PageForm form, CancellationToken cancellationToken)
    {
        var request = form.ToGet();
        if (request.FindFault() is { } field)
        {
            return Fault(form, field);
        }

        HttpContext.AuditOperation("get");
        if (misses.IsReachedBy(HttpContext, out var seconds))
        {
            return TooManyMisses(form, seconds);
        }

        var result = await getEntry.HandleAsync(request.ToQuery(HttpContext.AuditEntry()), cancellationToken);

        return result.Outcome switch
        {
            GetOutcome.Found => Page(new PageView
            {
                Form = form,
                Notice = PageNotice.Value,
                Message = result.Once ? "Here is the value. It was to be read once: the server has deleted it." : "Here is the value.",
                Value = PageValue.From(result),
                Gone = result.Once,
                Version = result.Version!.ToString(),
                ExpiresAt = result.ExpiresAt,
            }),
            GetOutcome.Missing when !misses.TryCount(HttpContext, out seconds) => TooManyMisses(form, seconds),
            GetOutcome.Missing => Error(form, 404, Outcomes.Missing),
            GetOutcome.Damaged => Error(form, 500, Outcomes.Damaged),
            _ => throw new UnreachableException(),
        };
    }

    private async Task<IActionResult> SetAsync(PageForm form, CancellationToken cancellationToken)
    {
        var request = form.ToSet(time.GetUtcNow());
        if (request.FindFault() is { } field)
        {
            return Fault(form, field == "ttl" && form.Ttl == PageForm.TtlByDate ? "until" : field);
        }

        HttpContext.AuditOperation("set");
        var result = await putEntry.HandleAsync(request.ToCommand(Precondition.None, HttpContext.AuditEntry()), cancellationToken);

        return result.Outcome switch
        {
            PutOutcome.Stored => Page(new PageView
            {
                Form = form,
                Notice = PageNotice.Done,
                Message = form.Once ? "The value is stored. The first read deletes it." : "The value is stored.",
                Version = result.Version!.ToString(),
                ExpiresAt = result.ExpiresAt,
            }),
            PutOutcome.Exists => Page(
                new PageView { Form = form, Notice = PageNotice.Ask, Question = "set", Message = "This key already has a value, which was kept. Replace it? The old value cannot be brought back." },
                StatusCodes.Status409Conflict),
            PutOutcome.TooLarge => Error(form, 413, Outcomes.TooLarge(limits), "value"),
            _ => throw new UnreachableException(),
        };
    }

    private async Task<IActionResult> DeleteAsync(PageForm form, CancellationToken cancellationToken)
    {
        var request = form.ToDelete();
        if (request.FindFault() is { } field)
        {
            return Fault(form, field);
        }

        if (!form.Confirmed)
        {
            return Page(new PageView { Form = form, Notice = PageNotice.Ask, Question = "delete", Message = "Delete the value under this key? It cannot be brought back." });
        }

        HttpContext.AuditOperation("delete");
        await deleteEntry.HandleAsync(request.ToCommand(Precondition.None, HttpContext.AuditEntry()), cancellationToken);
        return Page(new PageView { Form = form, Notice = PageNotice.Done, Message = "There is no value under this key now." });
    }

    private bool MayWrite(PageForm form)
    {
        var accepted = tokens.Accept(form.Token, out var mark);
        HttpContext.AuditToken(mark);
        return accepted;
    }

    private ViewResult TooManyMisses(PageForm form, int seconds)
    {
        Response.Headers.RetryAfter = new(seconds.ToString(CultureInfo.InvariantCulture));
        return Error(form, StatusCodes.Status429TooManyRequests, Outcomes.TooManyMisses(seconds));
    }

    private ViewResult Fault(PageForm form, string field) => Error(form, StatusCodes.Status400BadRequest, FieldRules.ForPage(field), field);

    private ViewResult Error(PageForm form, int status, string message, string? field = null) =>
        Page(new PageView { Form = form, Notice = PageNotice.Error, Message = message, Field = field }, status);

    private ViewResult Page(PageView view, int status = StatusCodes.Status200OK)
    {
        Response.StatusCode = status;
        view.AsksForToken = tokens.AreRequired;
        return View("Index", view);
    }
}
