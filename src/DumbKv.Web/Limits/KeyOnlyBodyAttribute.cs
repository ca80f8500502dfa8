using Microsoft.AspNetCore.Http.Metadata;

namespace DumbKv.Web.Limits;

/// <summary>Marks an action whose request has a key and no value: its body is limited to what the largest key needs.</summary>
/// <remarks>Routing applies the limit, before anything reads the body. MVC's own attribute is a filter, and runs after that.</remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KeyOnlyBodyAttribute : Attribute, IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize => RequestBodyLimit.MaxBytesOfKey;
}
