using DumbKv.Web.Middleware;
using DumbKv.Web.Models;
using DumbKv.Web.OpenApi;
using DumbKv.Web.Tokens;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewEngines;
using Microsoft.AspNetCore.Mvc.ViewFeatures;

namespace DumbKv.Web.Controllers;

/// <summary>The documentation of the API, from the OpenAPI document.</summary>
[ApiExplorerSettings(IgnoreApi = true)]
public sealed class DocsController(DocsPage docs, ICompositeViewEngine views, TokenPolicy policy) : Controller
{
    /// <summary>Earlier versions had the page at /docs/index.html. The page's script needs its address without a slash at the end.</summary>
    [HttpGet("/docs")]
    [HttpGet("/docs/index.html")]
    [Revalidate]
    public async Task<IActionResult> Index()
    {
        if (Request.Path != "/docs")
        {
            return LocalRedirectPermanent("~/docs");
        }

        var page = await docs.GetAsync(RenderAsync);
        return File(page.Html, "text/html; charset=utf-8", lastModified: null, page.ETag);
    }

    private async Task<string> RenderAsync(NSwag.OpenApiDocument document)
    {
        ViewData.Model = new DocsView(document, policy.IsRequiredFor(TokenRights.Write), policy.IsRequiredFor(TokenRights.Read));
        await using var writer = new StringWriter();
        var view = views.FindView(ControllerContext, "Index", isMainPage: true).EnsureSuccessful(originalLocations: null).View!;
        await view.RenderAsync(new ViewContext(ControllerContext, view, ViewData, TempData, writer, new HtmlHelperOptions()));
        return writer.ToString();
    }
}
