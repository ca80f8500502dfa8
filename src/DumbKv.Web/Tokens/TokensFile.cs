using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using DumbKv.Infrastructure;

namespace DumbKv.Web.Tokens;

/// <summary>TOKENS_FILE cannot be used. The message is the end of a sentence that begins with the name of the file or the setting.</summary>
public sealed class TokensFileException(string message) : Exception(message);

/// <summary>
/// The format of TOKENS_FILE: a JSON list of tokens. Everything that is not exactly as documented is an error, because a field that is
/// ignored could grant more than the operator meant.
/// </summary>
public static partial class TokensFile
{
    public const int MaxBytes = 1024 * 1024;

    public const int MaxTokens = 1_000;

    public const string NameRule = "must be 1 to 64 lower-case letters, digits, dots, hyphens and underscores";

    private const string Rules =
        "A token is an object with \"name\", \"sha256\" and \"may\", and optionally \"databases\" and \"expires\". Make one with: dumbkv token --name NAME --may write";

    private static readonly string[] Fields = ["name", "sha256", "may", "databases", "expires"];

    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="TokensFileException">The file cannot be read.</exception>
    public static byte[] ReadBytes(string path)
    {
        byte[] content;
        try
        {
            content = SmallFile.Read(path, MaxBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TokensFileException(
                Directory.Exists(path) ? "is a directory. Name the file in it."
                : File.Exists(path) ? "cannot be read. Name a file that this user can read."
                : "does not exist or cannot be reached. Name a file that this user can read.");
        }

        return content.Length <= MaxBytes ? content : throw new TokensFileException(Invariant($"is larger than {MaxBytes} bytes, the maximum."));
    }

    /// <param name="content">The content of the file.</param>
    /// <param name="writeTokens">The tokens of WRITE_TOKENS. A hash that is in both would survive its removal from the file.</param>
    /// <exception cref="TokensFileException">The file does not have the format.</exception>
    public static IReadOnlyList<AccessToken> Parse(ReadOnlyMemory<byte> content, IReadOnlyList<AccessToken> writeTokens)
    {
        using var document = ParseJson(content);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw new TokensFileException($"must be a JSON list of tokens. {Rules}");
        }

        var count = document.RootElement.GetArrayLength();
        if (count > MaxTokens)
        {
            throw new TokensFileException(Invariant($"has {count} tokens. The maximum is {MaxTokens}."));
        }

        var tokens = new List<AccessToken>(count);
        var names = new Dictionary<string, int>();
        var hashes = new Dictionary<string, int>();
        foreach (var element in document.RootElement.EnumerateArray())
        {
            var number = tokens.Count + 1;
            var token = ParseToken(element, number);
            var entry = EntryOf(number, token.Name);
            if (!names.TryAdd(token.Name, number))
            {
                throw new TokensFileException($"{entry} has the name of entry {names[token.Name]}. Each name must be unique.");
            }

            if (!hashes.TryAdd(Convert.ToHexString(token.Hash), number))
            {
                throw new TokensFileException($"{entry} has the \"sha256\" of entry {hashes[Convert.ToHexString(token.Hash)]}. Each token must be unique.");
            }

            if (writeTokens.Any(other => other.Hash.SequenceEqual(token.Hash)))
            {
                throw new TokensFileException($"{entry} has a \"sha256\" that is in WRITE_TOKENS too. Remove it from one of them.");
            }

            tokens.Add(token);
        }

        return tokens;
    }

    public static bool IsName(string text) => Name().IsMatch(text) && !AccessToken.TryParseHash(text, out _);

    /// <summary>RFC 3339, with a time zone.</summary>
    public static bool TryParseTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    private static JsonDocument ParseJson(ReadOnlyMemory<byte> content)
    {
        content = content.Span.StartsWith(ByteOrderMark) ? content[ByteOrderMark.Length..] : content;
        if (content.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw new TokensFileException("is empty. A list without tokens is []");
        }

        if (!Utf8.IsValid(content.Span))
        {
            throw new TokensFileException("is not text in UTF-8.");
        }

        try
        {
            return JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 8 });
        }
        catch (JsonException exception)
        {
            throw new TokensFileException(Invariant($"is not valid JSON. The error is in line {(exception.LineNumber ?? 0) + 1}."));
        }
    }

    private static AccessToken ParseToken(JsonElement element, int number)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new TokensFileException($"{EntryOf(number, null)} is not an object. {Rules}");
        }

        var fields = FieldsOf(element, number);
        var name = TextOf(fields, "name");
        if (name is null || !IsName(name))
        {
            throw new TokensFileException($"{EntryOf(number, null)}: \"name\" {NameRule}, and not a hash.");
        }

        var entry = EntryOf(number, name);
        return AccessToken.Named(
            name,
            TextOf(fields, "sha256") is { } hex && AccessToken.TryParseHash(hex, out var hash) ? hash : throw new TokensFileException($"{entry}: \"sha256\" must be the SHA-256 hash of the token, 64 hexadecimal digits."),
            RightsOf(fields) ?? throw new TokensFileException($"{entry}: \"may\" must be a list of \"read\", \"write\" or both, each once."),
            !fields.ContainsKey("databases") ? null : TextOf(fields, "databases") is { } text && DatabaseRanges.TryParse(text, out var databases) ? databases : throw new TokensFileException($"{entry}: \"databases\" {DatabaseRanges.Rule}."),
            !fields.ContainsKey("expires") ? null : TextOf(fields, "expires") is { } date && TryParseTime(date, out var expires) ? expires : throw new TokensFileException($"{entry}: \"expires\" must be a time with its zone, like \"2027-01-01T00:00:00Z\"."));
    }

    private static Dictionary<string, JsonElement> FieldsOf(JsonElement element, int number)
    {
        var fields = new Dictionary<string, JsonElement>();
        foreach (var property in element.EnumerateObject())
        {
            if (Array.Find(Fields, field => HasName(property, field)) is not { } field)
            {
                throw new TokensFileException($"{EntryOf(number, null)} has an unknown field. {Rules}");
            }

            if (!fields.TryAdd(field, property.Value))
            {
                throw new TokensFileException($"{EntryOf(number, null)} has \"{field}\" twice.");
            }
        }

        return fields;
    }

    private static TokenRights? RightsOf(Dictionary<string, JsonElement> fields) => fields.TryGetValue("may", out var list) && list.ValueKind == JsonValueKind.Array
        ? TokenRightNames.Parse(list.EnumerateArray().Select(TextOf))
        : null;

    private static string? TextOf(Dictionary<string, JsonElement> fields, string name) => fields.TryGetValue(name, out var element) ? TextOf(element) : null;

    private static string? TextOf(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // A lone surrogate, as \ud800.
        }
    }

    private static bool HasName(JsonProperty property, string name)
    {
        try
        {
            return property.NameEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false; // A lone surrogate.
        }
    }

    /// <summary>Names an entry in a message. The name is null where it can be something else by mistake, even a token.</summary>
    private static string EntryOf(int number, string? name) => Invariant($"entry {number}") + (name is null ? string.Empty : $" (\"{name}\")");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[a-z0-9._-]{1,64}\z")]
    private static partial Regex Name();
}
