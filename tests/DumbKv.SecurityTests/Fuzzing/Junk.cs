using System.Text;
using CsCheck;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>Unexpected text for any place.</summary>
internal static class Junk
{
    /// <summary>Bytes without control characters, so that they do not end a line.</summary>
    public static readonly Gen<string> Line = Gen.Frequency<string>(
        (4, Gen.OneOf(
            "", " ", ",", ",,,,", ";", ";;", "=", "\"", "\"\"", "\"a", "W/\"a\"", "*", "**", "-", "-1", "0", "1", "+1", "1.5", "0x10", "1e9", "NaN", "null",
            "99999999999999999999", "2147483648", "%", "%00", "%0d%0a", "%zz", "%c0%af", "../..", "\\", "'", "<script>", "{}", "[]", "[::1", "a=b;c=\"", "q=0", ";q=9",
            "\t", "a\tb", "\u007f", "\u0080", "\u00ff\u00fe", "\u00ed\u00a0\u0080", "\u00c3")),
        (1, Gen.OneOf("ü", "😀", "\u2028", "\ufeff", "a\u0300", "\u202e", "\uffff").Select(Utf8)),
        (2, Gen.Char[' ', '~'].Array[0, 40].Select(characters => new string(characters))),
        (1, Gen.Char['\u0080', '\u00ff'].Array[1, 40].Select(characters => new string(characters))),
        (1, Gen.Select(Gen.OneOf("a", ",", ";", "\"", "%", "a,", "a=b;", "*/*,", "(", "\u00ff", "0", "127.0.0.1, "), Gen.OneOf(100, 1_000, 3_000, 7_000), Repeat)));

    /// <summary>Bytes of any kind.</summary>
    public static readonly Gen<string> Bytes = Gen.Char['\0', '\u00ff'].Array[1, 200].Select(characters => new string(characters));

    /// <summary>Replaces, removes or doubles single bytes.</summary>
    public static Gen<string> Damaged(this Gen<string> source) => Gen.Select(
        source, Gen.Select(Gen.Double.Unit, Gen.OneOf<char>(Gen.Char['\0', '\u00ff'], Gen.OneOf('\0', '\r', '\n', ' ', ':', '"', '{', '%', '\u00ff')), Gen.Int[0, 3]).Array[1, 4],
        (text, changes) =>
        {
            foreach (var (place, character, change) in changes)
            {
                var at = (int)(place * text.Length);
                text = change switch
                {
                    0 => text.Insert(at, $"{character}"),
                    1 when at < text.Length => text.Remove(at, 1).Insert(at, $"{character}"),
                    2 when at < text.Length => text.Remove(at, 1),
                    3 => text[..at],
                    _ => text,
                };
            }

            return text;
        });

    public static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    /// <summary>The bytes of UTF-8, each as a character.</summary>
    public static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
