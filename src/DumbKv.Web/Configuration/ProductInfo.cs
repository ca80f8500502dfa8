using System.Reflection;

namespace DumbKv.Web.Configuration;

public static class ProductInfo
{
    /// <summary>The product's version, without the commit.</summary>
    public static string Version { get; } = typeof(ProductInfo).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
