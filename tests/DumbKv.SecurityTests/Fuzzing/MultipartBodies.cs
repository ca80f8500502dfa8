using CsCheck;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>Bodies with the boundary "b" for a set, from valid forms to bytes that are no form.</summary>
internal static class MultipartBodies
{
    private const string End = "--b--\r\n";

    private static readonly Gen<string> GoodKey = Gen.Int[0, 19].Select(number => Part("name=\"key\"", $"k{number}"));

    private static readonly Gen<string> Content = Gen.Frequency<string>(
        (4, Gen.OneOf("", "0", "1", "-1", "+1", "01", "1.5", "60", "315360001", "99999999999", "true", "false", "True", "k1", "v", "base64", "\0", "1\0", "\u00ff\u00fe", "\u00c3", "\u00ed\u00a0\u0080", "\r\n", "\r\n--", "\r\n--\r\n", "--b", "\r\n--c--")),
        (2, Junk.Line),
        (1, Junk.Bytes),
        (1, Gen.OneOf(JsonBodies.MaxValueBytes, JsonBodies.MaxValueBytes + 1, 65_536, 65_537, 200_000).Select(length => new string('v', length))));

    private static readonly Gen<string> Disposition = Gen.Frequency<string>(
        (8, Gen.OneOf("database", "key", "value", "ttl", "once", "overwrite").Select(name => $"name=\"{name}\"")),
        (4, Gen.OneOf("name=\"value\"; filename=\"f\"", "name=value; filename=f", "name=\"value\"; filename=\"\"", "name=\"value\"; filename*=UTF-8''%zz", "filename=\"f\"; name=\"value\"")),
        (3, Gen.OneOf("", "name", "name=", "name=\"", "name=\"\"", "name=\"Key\"", "name=\"encoding\"", "name=\"peek\"", "name*=UTF-8''key", "name=\"k\\ey\"", "name=\"key\"; name=\"value\"", "name=\"\u00ff\"", ";;;", "name=\"key\";", "name=\"a\0\"")),
        (1, Junk.Line),
        (1, Gen.OneOf(300, 8_150, 8_200, 70_000).Select(length => $"name=\"value\"; filename=\"{new string('f', length)}\"")));

    private static readonly Gen<string> Header = Gen.Frequency<string>(
        (6, Gen.Const("")),
        (3, Gen.OneOf(
            "Content-Type: text/plain\r\n", "Content-Type: application/octet-stream\r\n", "Content-Type: text/plain; charset=utf-16\r\n", "Content-Type: multipart/mixed; boundary=c\r\n", "Content-Type: x\r\n",
            "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: 8bit\r\n", "Content-Encoding: gzip\r\n", "Content-Length: 99999999999\r\n", " folded\r\n", "no colon\r\n", ": no name\r\n", "A: b\n", "\r\n")),
        (1, Junk.Line.Select(junk => $"X: {junk}\r\n")),
        (1, Gen.OneOf(50, 2_000).Select(count => Junk.Repeat("A: b\r\n", count))));

    private static readonly Gen<string> AnyPart = Gen.Select(Disposition, Header, Content, Gen.OneOf("form-data", "form-data", "form-data", "Form-Data", "attachment", ""),
        (disposition, header, content, type) => $"--b\r\n{header}Content-Disposition: {type}; {disposition}\r\n\r\n{content}\r\n");

    private static readonly Gen<string> GoodOption = Gen.OneOf(
        Part("name=\"once\"", "true"), Part("name=\"overwrite\"", "true"), Part("name=\"overwrite\"", "false"), Part("name=\"ttl\"", "60"), Part("name=\"database\"", "1"));

    private static readonly Gen<string> Good = Gen.Select(
        GoodKey, Gen.OneOf("name=\"value\"", "name=\"value\"; filename=\"f\""), Gen.OneOf<string>(Gen.Char[' ', '~'].Array[0, 60].Select(characters => new string(characters)), Gen.Const("\r\n--\r\n-")), GoodOption.Array[0, 2],
        (key, value, content, options) => $"{key}{Part(value, content)}{string.Concat(options)}{End}");

    private static readonly Gen<string> Odd = Gen.Select(
        GoodKey, AnyPart.Array[0, 4], Gen.Bool, Gen.OneOf(End, End, End, "--b--", "--b", "--b\r\n", "", "--c--\r\n", "--b-- x", "--b--\r\nx", "--b--\r\n--b--\r\n"),
        (key, parts, hasKey, end) => $"{(hasKey ? key : "")}{string.Concat(parts)}{end}");

    private static readonly Gen<string> Many = Gen.OneOf(
        Junk.Repeat("--b\r\n", 20_000), Junk.Repeat("\r\n", 50_000), "--b\r\n" + Junk.Repeat("\r\n--", 30_000), Junk.Repeat(Part("name=\"key\"", "k"), 1_000) + End, Junk.Repeat(Part("name=\"f\"", ""), 1_000) + End);

    public static readonly Gen<string> Any = Gen.Frequency<string>((4, Good), (6, Odd), (4, Good.Damaged()), (1, Odd.Damaged()), (1, Many), (1, Junk.Bytes), (1, Gen.Const("")));

    private static string Part(string disposition, string content) => $"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n";
}
