using DumbKv.Web.Models;
using Microsoft.AspNetCore.Mvc;

namespace DumbKv.Web.OpenApi;

/// <summary>
/// The responses of each operation on /kv, for the OpenAPI document. They are not attributes of the controller, because MVC would
/// treat each as a filter and process it in every request.
/// </summary>
public static class KvApiConventions
{
    /// <summary>The tag of the operations. Generators name clients and folders after it.</summary>
    public const string Tag = "Values";

    [ProducesResponseType<GetValueResponse>(200)]
    [ProducesResponseType<ProblemDetails>(400)]
    [ProducesResponseType<ProblemDetails>(401)]
    [ProducesResponseType<ProblemDetails>(403)]
    [ProducesResponseType<ProblemDetails>(404)]
    [ProducesResponseType<AlreadyReadProblem>(410)]
    [ProducesResponseType<ProblemDetails>(413)]
    [ProducesResponseType<ProblemDetails>(415)]
    [ProducesResponseType<ProblemDetails>(429)]
    [ProducesResponseType<ProblemDetails>(500)]
    [ProducesResponseType<ProblemDetails>(503)]
    public static void Get()
    {
    }

    [ProducesResponseType<StatusResponse>(200)]
    [ProducesResponseType<ProblemDetails>(400)]
    [ProducesResponseType<ProblemDetails>(401)]
    [ProducesResponseType<ProblemDetails>(403)]
    [ProducesResponseType<ProblemDetails>(409)]
    [ProducesResponseType<ProblemDetails>(412)]
    [ProducesResponseType<ProblemDetails>(413)]
    [ProducesResponseType<ProblemDetails>(415)]
    [ProducesResponseType<ProblemDetails>(500)]
    [ProducesResponseType<ProblemDetails>(503)]
    [ProducesResponseType<ProblemDetails>(507)]
    public static void Put()
    {
    }

    [ProducesResponseType<StatusResponse>(200)]
    [ProducesResponseType<ProblemDetails>(400)]
    [ProducesResponseType<ProblemDetails>(401)]
    [ProducesResponseType<ProblemDetails>(403)]
    [ProducesResponseType<ProblemDetails>(412)]
    [ProducesResponseType<ProblemDetails>(413)]
    [ProducesResponseType<ProblemDetails>(415)]
    [ProducesResponseType<ProblemDetails>(500)]
    [ProducesResponseType<ProblemDetails>(503)]
    public static void Delete()
    {
    }
}
