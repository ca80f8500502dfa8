using CsCheck;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>Bodies that are posted to the page.</summary>
internal static class FormBodies
{
    private static readonly Gen<string> Content = Gen.Frequency<string>(
        (4, Gen.OneOf("", "0", "1", "-1", "+1", "9999999", "10000000", "99999999999", "1.5", "k1", "v", "get", "set", "delete", "yes", "no", "date", "60", "315360001", Headers.Token)),
        (2, Gen.OneOf(
            "2030-01-31T12:00", "9999-12-31T23:59:59.999", "0001-01-01T00:00", "2030-02-30T25:61", "2030-01-31T12:00:00Z", "%32%30", "%", "%0", "%zz", "%u0041", "%00", "%ff%fe", "%c3", "%c0%af",
            "%ed%a0%80", "%f4%90%80%80", "%0d%0a", "%0a", "%0c", "%e2%80%a8", "%26%3d", "+", "==", "<b>", "%3Cscript%3E", "\0", "\u00ff\u00fe", "\u00c3", "\r\n")),
        (1, Junk.Line),
        (1, Gen.OneOf(JsonBodies.MaxValueBytes, JsonBodies.MaxValueBytes + 1, 65_536, 65_537, 200_000).Select(length => new string('v', length))),
        (1, Gen.OneOf(1_000, 66_000).Select(times => Junk.Repeat("%41", times))));

    private static readonly Gen<string> Field = Gen.Select(
        Gen.Frequency<string>(
            (6, Gen.OneOf("database", "key", "value", "token", "action", "confirmed", "once", "ttl", "until")),
            (1, Gen.OneOf("", "KEY", "k%65y", "%", "%zz", "%00", "key%00", "\u00ff", "[key]", "key[]", "__RequestVerificationToken", "_method", new string('n', 2_049), new string('n', 60_000)))),
        Content, Gen.OneOf("=", "=", "=", "=", "=", "", "==", "%3d"),
        (name, content, equals) => name + equals + content);

    private static readonly Gen<string> Good = Gen.Select(
        Gen.OneOf("get", "get", "set", "set", "delete"), Gen.Int[0, 19], Content, Gen.OneOf("", "&once=yes", "&ttl=60", "&ttl=date&until=2035-01-31T12:00", "&confirmed=yes"), Field.Array[0, 2],
        (action, key, value, option, more) => $"database=0&key=k{key}&value={value}&token={Headers.Token}&action={action}{option}{string.Concat(more.Select(field => "&" + field))}");

    private static readonly Gen<string> Many = Gen.OneOf(
        Junk.Repeat("&", 20_000), Junk.Repeat("a=b&", 1_025), Junk.Repeat("key=k&", 900), string.Join('&', Enumerable.Range(0, 5_000).Select(number => $"f{number}=")), Junk.Repeat("%", 20_000), Junk.Repeat("=", 20_000));

    public static readonly Gen<string> UrlEncoded = Gen.Frequency<string>(
        (6, Good), (3, Field.Array[0, 12].Select(fields => string.Join('&', fields))), (2, Good.Damaged()), (1, Many), (1, Junk.Bytes));
}
