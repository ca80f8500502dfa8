using System.Text.Json;
using DumbKv.CommandLine.Output;

namespace DumbKv.CommandLine.Configuration;

/// <summary>config.json in the user's configuration folder. All members are optional.</summary>
internal sealed record ConfigurationFile
{
    private const int MaxBytes = 1_048_576;

    private static readonly string[] Members = ["url", "token_file", "key_file", "database"];

    public string Path { get; private init; } = "";

    public string? Url { get; private init; }

    public string? TokenFile { get; private init; }

    public string? KeyFile { get; private init; }

    public int? Database { get; private init; }

    /// <summary>The file of this user, or an empty configuration if there is none.</summary>
    public static ConfigurationFile Load()
    {
        var path = System.IO.Path.Combine(Folder(), "dkv", "config.json");
        if (!File.Exists(path))
        {
            return new ConfigurationFile { Path = path };
        }

        // Another user who can change it could send the values to another server.
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
        {
            throw CommandException.Usage($"{path} must be readable and writable only by you. Run: chmod 600 {path}");
        }

        try
        {
            return Parse(path, new FileInfo(path).Length <= MaxBytes ? File.ReadAllBytes(path) : throw Wrong(path, "it is too large"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"{path} cannot be read: {Reasons.Of(exception)}");
        }
        catch (JsonException exception)
        {
            throw Wrong(path, $"it is not JSON, at line {exception.LineNumber + 1}");
        }
    }

    private static string Folder()
    {
        // A relative path is ignored, as the XDG specification says.
        if (Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { } folder && System.IO.Path.IsPathFullyQualified(folder))
        {
            return folder;
        }

        return OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData)
            : System.IO.Path.Combine(Home(), ".config");
    }

    private static string Home() => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static ConfigurationFile Parse(string path, byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(path, "it must be a JSON object, like {\"url\": \"https://dumbkv.example.com\"}");
        }

        foreach (var member in root.EnumerateObject())
        {
            if (!Members.Contains(member.Name))
            {
                throw Wrong(path, $"{member.Name} is no setting. The settings are {string.Join(", ", Members)}");
            }
        }

        return new ConfigurationFile
        {
            Path = path,
            Url = Text("url"),
            TokenFile = FileOf(Text("token_file")),
            KeyFile = FileOf(Text("key_file")),
            Database = Number("database"),
        };

        string? Text(string name) => !root.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null ? null
            : member.ValueKind == JsonValueKind.String ? member.GetString()
            : throw Wrong(path, $"{name} must be a text");

        int? Number(string name) => !root.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null ? null
            : member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out var number) ? number
            : throw Wrong(path, $"{name} must be a 32-bit integer");

        // A relative name is one in the folder of the configuration.
        string? FileOf(string? name) => name is null ? null
            : name.StartsWith("~/", StringComparison.Ordinal) ? System.IO.Path.Combine(Home(), name[2..])
            : System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, name);
    }

    private static CommandException Wrong(string path, string what) => CommandException.Usage($"{path} is wrong: {what}.");
}
