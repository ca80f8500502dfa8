using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace DumbKv.Web.OpenApi;

/// <summary>The type of an endpoint's request body, for the OpenAPI document.</summary>
/// <remarks>The framework's own metadata also makes routing reject other types, before the token of the request is checked.</remarks>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequestBodyTypeAttribute(Type type, params string[] mediaTypes) : Attribute
{
    public Type Type { get; } = type;

    public IReadOnlyList<string> MediaTypes { get; } = mediaTypes;
}

/// <summary>Adds the body of <see cref="RequestBodyTypeAttribute"/> to the descriptions of the endpoints.</summary>
internal sealed class RequestBodyDescriptionProvider(IModelMetadataProvider models) : IApiDescriptionProvider
{
    /// <summary>After the framework's providers, which describe the endpoints.</summary>
    public int Order => 0;

    public void OnProvidersExecuting(ApiDescriptionProviderContext context)
    {
        foreach (var description in context.Results)
        {
            if (description.ActionDescriptor.EndpointMetadata.OfType<RequestBodyTypeAttribute>().SingleOrDefault() is not { } body)
            {
                continue;
            }

            description.ParameterDescriptions.Add(new ApiParameterDescription
            {
                Name = "request",
                Source = BindingSource.Body,
                Type = body.Type,
                ModelMetadata = models.GetMetadataForType(body.Type),
                IsRequired = true,
            });
            foreach (var mediaType in body.MediaTypes)
            {
                description.SupportedRequestFormats.Add(new ApiRequestFormat { MediaType = mediaType });
            }
        }
    }

    public void OnProvidersExecuted(ApiDescriptionProviderContext context)
    {
    }
}
