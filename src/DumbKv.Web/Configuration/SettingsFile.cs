using System.Text.RegularExpressions;
using DumbKv.Infrastructure;
using Microsoft.Extensions.Configuration.Memory;

namespace DumbKv.Web.Configuration;

internal static partial class SettingsFile
{
    private const string Name = ".env";

    /// <summary>
    /// Adds the <c>.env</c> file of the working directory with a lower precedence than the environment, and
    /// <paramref name="overrides"/> with a higher one. Names are case-insensitive, as everywhere in .NET's configuration.
    /// </summary>
    /// <returns>Warnings for the operator, about names that are not settings.</returns>
    /// <exception cref="StartRefusedException">The file is wrong.</exception>
    public static IReadOnlyList<string> AddSettings(this ConfigurationManager configuration, IEnumerable<KeyValuePair<string, string?>>? overrides)
    {
        var references = new HashSet<string>();
        var lines = EnvFile.Parse(ReadFile(), Environment.GetEnvironmentVariable, references);

        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines)
        {
            // As the environment's own names: __ separates sections, and the host reads its variables without their prefix.
            settings[line.Name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)] = line.Value;
            if (line.Name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase))
            {
                settings[line.Name["ASPNETCORE_".Length..]] = line.Value;
            }
        }

        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = settings });
        configuration.AddInMemoryCollection(overrides);

        return
        [
            .. lines.Where(line => !SettingNames.IsKnown(line.Name) && !references.Contains(line.Name)).Select(Warn),
            .. Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => !references.Contains(name)).Select(WarnOfTypingError).OfType<string>(),
        ];
    }

    /// <summary>The environment also holds the variables of other programs, so only a near miss is worth a warning.</summary>
    private static string? WarnOfTypingError(string name) => SettingNames.IsKnown(name) || SettingNames.Nearest(name.ToUpperInvariant(), SettingNames.All) is not { } nearest
        ? null
        : $"The environment variable {name} is not a setting and is ignored. Did you mean {nearest}?";

    private static string Warn(EnvFile.Line line)
    {
        var guess = SettingNames.Guess(line.Name);

        // A pepper on its own line ends with = and looks like a name.
        var name = guess is not null || ConventionalName().IsMatch(line.Name) ? line.Name : "the name";
        return $"{Name} line {line.Number}: {name} is not a setting and is ignored.{(guess is null ? "" : $" Did you mean {guess}?")}";
    }

    /// <summary>A missing file is an empty one.</summary>
    private static string ReadFile()
    {
        if (Directory.Exists(Name))
        {
            throw StartRefusedException.ForSetting(Name, "is a directory. Write a file with one NAME=value a line, or remove it.");
        }

        try
        {
            return File.ReadAllText(Name);
        }
        catch (FileNotFoundException)
        {
            return string.Empty;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StartRefusedException.ForSetting(Name, "cannot be read. Let this user read it, or remove it.");
        }
    }

    [GeneratedRegex("^[A-Z][A-Z0-9_]*$")]
    private static partial Regex ConventionalName();
}
