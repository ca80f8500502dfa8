using CsCheck;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>Bodies for /kv, from valid ones to bytes that are not JSON.</summary>
internal static class JsonBodies
{
    /// <summary>The server's MAX_VALUE_BYTES. It is small, so that requests often exceed it.</summary>
    public const int MaxValueBytes = 4_096;

    private const int MaxKeyBytes = 65_536;

    // A small number of keys, so that reads find what writes stored.
    private static readonly Gen<string> GoodKey = Gen.Int[0, 19].Select(number => $"\"k{number}\"");

    private static readonly Gen<string> GoodValue = Gen.OneOf<string>(
        Gen.Char[' ', '~'].Array[0, 60].Select(characters => Quote(new string(characters))),
        Gen.Const(Junk.Utf8("\"äöü 😀 \u2028\"")),
        Gen.Const("\"\\u0000\\ud83d\\ude00\\/\\b\""),
        Sized('v', MaxValueBytes));

    private static readonly Gen<string> Number = Gen.OneOf<string>(
        Gen.OneOf(
            "0", "-0", "1", "-1", "1.0", "1.5", "1e0", "1E5", "1e400", "-1e-400", "2147483647", "2147483648", "-2147483648", "-2147483649", "315360000", "315360001", "9223372036854775808",
            "01", "+1", ".5", "5.", "0x10", "1_000", "NaN", "Infinity", "-", "1e", "--1"),
        Gen.OneOf(20, 400, 20_000).Select(digits => new string('9', digits)),
        Gen.Int.Select(number => $"{number}"));

    private static readonly Gen<string> Text = Gen.OneOf<string>(
        Gen.OneOf(
            "\"\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud800x\"", "\"\\u0000\"", "\"\0\"", "\"\u00ff\u00fe\"", "\"\u00ed\u00a0\u0080\"", "\"\u00c3\"", "\"\u00f4\u0090\u0080\u0080\"",
            "\"\\x41\"", "\"\\u00\"", "\"\\", "\"", "'k'", "\"a\nb\"", "\"base64\"", "\"Base64\"", "\"YQ==\"", "\"YQ\"", "\"Y Q==\"", "\"_-8=\"", "\"====\"", "\"YQ==\\n\"", "\"true\"", "\"0\""),
        Sized('k', MaxKeyBytes),
        Sized('v', MaxValueBytes),
        Gen.OneOf(21_845, 21_846).Select(count => Quote(Junk.Utf8(new string('\u20ac', count)))),
        Gen.OneOf(MaxValueBytes - 1, MaxValueBytes, MaxValueBytes + 1).Select(bytes => Quote(Convert.ToBase64String(new byte[bytes]))),
        Gen.OneOf(100, 4_096, 4_097, 65_537).Select(count => Quote(Junk.Repeat("\\u0041", count))));

    private static readonly Gen<string> Deep = Gen.Select(
        Gen.OneOf(1, 7, 8, 9, 64, 65, 1_000, 50_000), Gen.OneOf("[", "{\"a\":", "[{\"key\":"), Gen.Bool,
        (depth, open, closed) => Junk.Repeat(open, depth) + (closed ? "1" + Junk.Repeat(open.StartsWith('{') ? "}" : open.Length > 1 ? "}]" : "]", depth) : ""));

    private static readonly Gen<string> AnyValue = Gen.Frequency<string>(
        (3, Text), (3, Number), (2, Gen.OneOf("null", "true", "false", "True", "nul", "undefined", "[]", "{}", "[1,2]", "{\"key\":\"k\"}", "")), (1, Deep));

    private static readonly Gen<string> Name = Gen.Frequency<string>(
        (4, Gen.OneOf("database", "key", "value", "encoding", "ttl", "once", "overwrite", "peek")),
        (2, Gen.OneOf("Key", "KEY", "", "$", ".", "a.b", "$.key", "key.x", "['key']", "key\\u0000", "\\u006bey", "\\ud800", "__proto__", "$type", "$ref", "$id", "expires_at", "\u00ff", "\0", "k ey")),
        (1, Gen.OneOf(300, 70_000).Select(length => new string('n', length))));

    private static readonly Gen<string> OddMember = Gen.Select(Name, AnyValue, (name, value) => $"\"{name}\":{value}");

    private static readonly Gen<string> Option = Gen.OneOf(
        "\"once\":true", "\"once\":false", "\"overwrite\":true", "\"ttl\":60", "\"ttl\":315360000", "\"ttl\":null", "\"database\":0", "\"database\":1", "\"overwrite\":null");

    private static readonly Gen<string> OddMembers = Gen.Select(
        Gen.OneOf<string>(Read(), Write()), OddMember.Array[1, 3], Gen.Bool, (body, odd, first) => first ? $"{{{string.Join(',', odd)},{body[1..]}" : $"{body[..^1]},{string.Join(',', odd)}}}");

    private static readonly Gen<string> Replaced = Gen.Select(Name, AnyValue, AnyValue, (name, one, other) => $"{{\"key\":{one},\"value\":{other},\"{name}\":{one}}}");

    private static readonly Gen<string> Many = Gen.OneOf(
        "{" + Junk.Repeat("\"key\":\"k\",", 5_000) + "\"value\":\"v\"}", "{" + string.Join(',', Enumerable.Range(0, 5_000).Select(number => $"\"m{number}\":0")) + "}", new string(' ', 100_000) + "{\"key\":\"k\"}",
        "[" + Junk.Repeat("0,", 50_000) + "0]");

    private static readonly Gen<string> Wrapped = Gen.Select(
        Gen.OneOf("\u00ef\u00bb\u00bf", "\u00ff\u00fe", "\0", "/**/", "//\n", "[", "\"", "x", " ", "\u001e", ")]}',\n"), Gen.OneOf<string>(Read(), Write()),
        Gen.OneOf("", "\0", ",", "{}", " x", "//", "/*", "]", "\u001a", "\n\n"), (before, body, after) => before + body + after);

    private static readonly Gen<string> TooLarge = Gen.OneOf(200_000, 421_000, 500_000).Select(length => $"{{\"key\":\"k\",\"value\":\"{new string('v', length)}\"}}");

    private static readonly Gen<string> Odd = Gen.Frequency<string>(
        (8, OddMembers), (8, Replaced), (4, Wrapped), (8, Gen.OneOf<string>(Read(), Write()).Damaged()), (1, Many), (1, TooLarge), (3, AnyValue), (1, Gen.Const("")), (1, Junk.Bytes),
        (1, Gen.OneOf("{\"key\":\"k\",}", "{\"key\":\"k\" /* comment */}", "{'key':'k'}", "{key:\"k\"}", "{\"key\" \"k\"}", "{,}", "{\"key\":}", "{\"key\"", "{\"key\":\"k\"\"value\":\"v\"}")));

    public static readonly Gen<string> Any = Gen.Frequency<string>((1, Read()), (1, Write()), (3, Odd));

    /// <summary>A method of /kv, and a well-formed body for it.</summary>
    public static readonly Gen<(string Method, string Body)> Good = Gen.Frequency<(string, string)>(
        (2, Read().Select(body => ("POST", body))), (3, Write().Select(body => ("PUT", body))), (1, Read().Select(body => ("DELETE", body))));

    private static Gen<string> Read() => Gen.Select(GoodKey, Option.Array[0, 1], (key, options) => options is [['"', 'd', ..] database] ? $"{{{database},\"key\":{key}}}" : $"{{\"key\":{key}}}");

    private static Gen<string> Write() => Gen.Select(
        GoodKey, GoodValue, Option.Array[0, 3],
        (key, value, options) => $"{{\"key\":{key},\"value\":{value}{string.Concat(options.Select(option => "," + option))}}}");

    private static Gen<string> Sized(char character, int limit) => Gen.Int[-1, 1].Select(more => Quote(new string(character, limit + more)));

    private static string Quote(string text) => text.StartsWith('\\') ? $"\"{text}\"" : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
