using DotNetEnv;
using DumbKv.Infrastructure;

namespace DumbKv.Web.Configuration;

internal static class SettingsFile
{
    /// <summary>
    /// Adds the <c>.env</c> file of the folder that the server is started from, below the environment, which wins,
    /// and <paramref name="overrides"/> above it. Names match in any case, as everywhere in .NET's configuration.
    /// </summary>
    public static void AddSettings(this ConfigurationManager configuration, IEnumerable<KeyValuePair<string, string?>>? overrides)
    {
        var lines = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in ReadFile())
        {
            lines[name] = value;

            // The host reads its own variables without their prefix.
            if (name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase))
            {
                lines[name["ASPNETCORE_".Length..]] = value;
            }
        }

        configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = lines });
        configuration.AddInMemoryCollection(overrides);
    }

    private static List<KeyValuePair<string, string>> ReadFile()
    {
        try
        {
            // NoEnvVars: read it, change nothing in this process. A missing file is an empty one.
            return Env.NoEnvVars().Load(Path.Combine(Directory.GetCurrentDirectory(), ".env")).ToList();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The parser's message repeats the line, which may hold a password.
            throw StartRefusedException.ForSetting(".env", "cannot be read; write one NAME=value a line");
        }
    }
}
