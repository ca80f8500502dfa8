using System.Diagnostics;
using System.Globalization;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Web.Auditing;
using DumbKv.Web.Errors;
using DumbKv.Web.Http;
using DumbKv.Web.Json;
using DumbKv.Web.Limits;
using DumbKv.Web.Models;
using DumbKv.Web.Tokens;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.Controllers;

/// <summary>The page. Its forms use the same use cases as the API. The page's script posts the forms too, without a reload.</summary>
[ApiExplorerSettings(IgnoreApi = true)]
public sealed class PageController(
    GetEntryHandler getEntry, PutEntryHandler putEntry, DeleteEntryHandler deleteEntry, EntryLimits limits,
    FailedReadLimiter failedReads, LargeBodyBudget largeBodies, TokenPolicy policy, TokenChecker tokens, StoreFailureLog storeFailures, TimeProvider time) : Controller
{
    /// <summary>How long a read-once value waits for a second click.</summary>
    private static readonly TimeSpan DoubleClick = TimeSpan.FromSeconds(0.5);

    /// <summary>Each wait holds one of MAX_CONCURRENT_REQUESTS. If more people ask at the same moment, some do not wait.</summary>
    private static readonly SemaphoreSlim Waits = new(16);

    [HttpGet("/")]
    public IActionResult Index() => Page(new PageView());

    /// <summary>The browser encrypts the secret and uses the API.</summary>
    [HttpGet("/send")]
    public IActionResult Send() => View(new SendView(limits.MaxValueBytes, policy.IsRequiredFor(TokenRights.Write), policy.IsRequiredFor(TokenRights.Read)));

    /// <summary>Gets, shows, sets or deletes a value, depending on the button that was pressed.</summary>
    [HttpPost("/")]
    [RejectCrossSitePosts]
    [Consumes("application/x-www-form-urlencoded")]
    public async Task<IActionResult> Submit(CancellationToken cancellationToken)
    {
        // Consumes accepts a body without a type, and ignores the charset.
        if (!Request.HasFormContentType || !MediaTypes.IsUtf8(Request.GetTypedHeaders().ContentType))
        {
            return StatusCode(StatusCodes.Status415UnsupportedMediaType);
        }

        if (await ReadFormAsync(cancellationToken) is not { } form)
        {
            return Error(new PageForm(), StatusCodes.Status400BadRequest, "The body is not a form from this server's page. Open the page and use its form.");
        }

        if (!form.HasValidDatabase)
        {
            return InvalidField(form, "database");
        }

        var decision = CheckToken(form);
        if (decision.IsRefused)
        {
            HttpContext.AuditOperation(IsWrite(form) ? form.Action : "get"); // The action can be any text.
            return Error(form, decision.Status, ErrorMessages.TokenRefused(decision.Refusal, isPage: true), "token");
        }

        if (form.ContainsEndToEndKey)
        {
            return Error(form, StatusCodes.Status400BadRequest, ErrorMessages.EndToEndKey, "key");
        }

        try
        {
            return form.Action switch
            {
                "get" => await GetAsync(form, decision, cancellationToken),
                "show" => await ShowAsync(form, decision, cancellationToken),
                "set" => await SetAsync(form, cancellationToken),
                "delete" => await DeleteAsync(form, cancellationToken),
                _ => Error(form, 400, "Press one of the buttons: Get, Set or Delete."),
            };
        }
        catch (StoreException exception)
        {
            storeFailures.Note(exception);
            return exception is StoreFullException
                ? Error(form, StatusCodes.Status507InsufficientStorage, exception.Message)
                : RetryLater(form, StatusCodes.Status503ServiceUnavailable, 1, exception.Message);
        }
    }

    /// <summary>Null if the body is not a form, or has more fields than the framework allows.</summary>
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

    /// <summary>Shows a value, or asks before it reads one that can be read once.</summary>
    private async Task<IActionResult> GetAsync(PageForm form, TokenDecision decision, CancellationToken cancellationToken)
    {
        var (result, refusal) = await ReadAsync(form, decision, largeBodies.ForResponse(HttpContext, isPage: true), keepOnce: true, cancellationToken);
        if (result is null)
        {
            return refusal!;
        }

        if (!result.Once)
        {
            return Value(form, result);
        }

        HttpContext.AuditOperation("peek");
        return Page(new PageView
        {
            Form = form,
            Notice = PageNotice.Ask,
            Question = "show",
            Message = "This value can be read once. Reading it deletes it from the server.",
        });
    }

    /// <summary>
    /// Consumes a read-once value, after a moment in which a second click ends this request: the browser closes the connection, and only
    /// the request of the second click reads the value.
    /// </summary>
    private async Task<IActionResult> ShowAsync(PageForm form, TokenDecision decision, CancellationToken cancellationToken)
    {
        var budget = largeBodies.ForResponse(HttpContext, isPage: true);
        var (found, refusal) = await ReadAsync(form, decision, budget, keepOnce: true, cancellationToken);
        if (found is null)
        {
            return refusal!;
        }

        if (!found.Once)
        {
            return Value(form, found);
        }

        if (await Waits.WaitAsync(0, cancellationToken))
        {
            try
            {
                await Task.Delay(DoubleClick, cancellationToken);
            }
            finally
            {
                Waits.Release();
            }
        }

        (var result, refusal) = await ReadAsync(form, decision, budget, keepOnce: false, cancellationToken);
        return result is null ? refusal! : Value(form, result);
    }

    /// <summary>The value that was found, or the page that says why there is none.</summary>
    private async Task<(GetResult? Result, IActionResult? Refusal)> ReadAsync(
        PageForm form, TokenDecision decision, IReadBudget budget, bool keepOnce, CancellationToken cancellationToken)
    {
        var request = form.ToGet();
        if (!request.TryParse(out var field))
        {
            return (null, InvalidField(form, field));
        }

        HttpContext.AuditOperation("get");
        var reader = decision.ReaderOf(request.DatabaseOrDefault);
        using var permit = await failedReads.AcquireAsync(HttpContext, reader);
        if (permit.IsRefused)
        {
            return (null, TooManyMisses(form, permit.RetryAfter, ofToken: reader is not null));
        }

        var result = await getEntry.HandleAsync(request.ToQuery(keepOnce), HttpContext.AuditTrail(), budget, cancellationToken);

        switch (result.Outcome)
        {
            case GetOutcome.Found:
                return (result, null);
            case GetOutcome.Missing:
                permit.CountMiss();
                return (null, Error(form, 404, ErrorMessages.Missing));
            case GetOutcome.AlreadyRead:
                return (null, Error(form, 410, ErrorMessages.AlreadyRead(result.ReadAt!.Value)));
            case GetOutcome.Damaged:
                return (null, Error(form, 500, ErrorMessages.Damaged));
            default:
                throw new UnreachableException();
        }
    }

    private ViewResult Value(PageForm form, GetResult result) => Page(new PageView
    {
        Form = result.Once ? form.WithoutKey() : form,
        Notice = PageNotice.Value,
        Message = result.Once ? "Here is the value. It could be read once, so the server has deleted it." : "Here is the value.",
        Value = PageValue.From(result),
        Gone = result.Once,
        Version = result.Version!.ToString(),
        ExpiresAt = result.ExpiresAt,
    });

    private async Task<IActionResult> SetAsync(PageForm form, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var request = form.ToSet(now);
        if (!request.TryParse(out var field))
        {
            return InvalidField(form, field == "ttl" && form.Ttl == PageForm.TtlByDate ? "until" : field);
        }

        HttpContext.AuditOperation("set");
        var command = request.ToCommand(form.ToPrecondition());
        var result = await putEntry.HandleAsync(command, HttpContext.AuditTrail(), cancellationToken);

        return result.Outcome switch
        {
            PutOutcome.Stored => Page(new PageView
            {
                Form = form,
                Notice = PageNotice.Done,
                Message = form.Once ? "The value is stored. The first read deletes it." : "The value is stored.",
                Remarks = PageRemarks.On(form.Key, command.Value.Length),
                Once = form.Once,
                Version = result.Version!.ToString(),
                ExpiresAt = result.ExpiresAt,
            }),
            PutOutcome.Exists => Page(
                new PageView
                {
                    Form = form,
                    Notice = PageNotice.Ask,
                    Question = "set",
                    Message = "This key already has a value, which was kept. Replace it? The old value cannot be restored.",
                    Once = form.Once,
                    ExpiresAt = now + command.TimeToLive,
                },
                StatusCodes.Status409Conflict),
            PutOutcome.PreconditionFailed => Error(form, 412, "The value was changed or deleted after you read it, and your edit was not stored. Copy what you typed, then get the value again."),
            PutOutcome.TooLarge => Error(form, 413, ErrorMessages.TooLarge(limits), "value"),
            _ => throw new UnreachableException(),
        };
    }

    private async Task<IActionResult> DeleteAsync(PageForm form, CancellationToken cancellationToken)
    {
        var request = form.ToDelete();
        if (!request.TryParse(out var field))
        {
            return InvalidField(form, field);
        }

        if (!form.Confirmed)
        {
            return Page(new PageView { Form = form, Notice = PageNotice.Ask, Question = "delete", Message = "Delete the value under this key? It cannot be restored." });
        }

        HttpContext.AuditOperation("delete");
        await deleteEntry.HandleAsync(request.ToCommand(Precondition.None), HttpContext.AuditTrail(), cancellationToken);
        return Page(new PageView { Form = form, Notice = PageNotice.Done, Message = "There is no value under this key now." });
    }

    /// <summary>A button that does not exist counts as a read, so that a new one is never open by mistake.</summary>
    private TokenDecision CheckToken(PageForm form) =>
        tokens.CheckForm(HttpContext, form.Token, IsWrite(form) ? TokenRights.Write : TokenRights.Read, form.ReadDatabase());

    private static bool IsWrite(PageForm form) => form.Action is "set" or "delete";

    private ViewResult TooManyMisses(PageForm form, int retryAfter, bool ofToken) =>
        RetryLater(form, StatusCodes.Status429TooManyRequests, retryAfter, ErrorMessages.TooManyMisses(retryAfter, ofToken));

    private ViewResult RetryLater(PageForm form, int status, int retryAfter, string message)
    {
        Response.Headers.RetryAfter = retryAfter.ToString(CultureInfo.InvariantCulture);
        return Error(form, status, message);
    }

    private ViewResult InvalidField(PageForm form, string field) => Error(form, StatusCodes.Status400BadRequest, ValidationMessages.ForPage(field), field);

    private ViewResult Error(PageForm form, int status, string message, string? field = null) =>
        Page(new PageView { Form = form, Notice = PageNotice.Error, Message = message, Field = field }, status);

    private ViewResult Page(PageView view, int status = StatusCodes.Status200OK)
    {
        Response.StatusCode = status;
        view.WritesNeedToken = policy.IsRequiredFor(TokenRights.Write);
        view.ReadsNeedToken = policy.IsRequiredFor(TokenRights.Read);
        view.MaxValueBytes = limits.MaxValueBytes;
        view.IsUnencrypted = !Request.IsHttps && !HostNames.IsLocalhost(Request.EncodedHost());
        return View("Index", view);
    }
}
