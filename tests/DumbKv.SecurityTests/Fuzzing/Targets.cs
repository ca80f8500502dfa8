using CsCheck;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>Methods, targets and versions for the request line.</summary>
internal static class Targets
{
    private static readonly Gen<string> Known = Gen.OneOf(
        "/kv", "/", "/docs", "/docs/", "/docs/index.html", "/docs/nothing", "/docs.mjs", "/openapi.json", "/health", "/health/live",
        "/health/ready", "/metrics", "/site.css", "/site.css?v=abc", "/site.js?v=", "/favicon.ico", "/favicon.svg", "/nothing");

    private static readonly Gen<string> Suffix = Gen.OneOf<string>(
        Gen.OneOf(
            "/", "//", "/.", "/..", "/../kv", "/../../etc/passwd", "/%2e%2e/%2e%2e/x", "?", "?v=%", "?v=%zz&v=%ff", "?=&&=", "?key=a&key=b", "#part", ";a=b", "%00", "%2f", "%5c..",
            "%c0%af", "%ff", "%zz", "%", "%u0041", "%e2%80%a8", "%ed%a0%80", "\0", "\u00ff", "\\..\\", "{x}", "|", "<>", "~", ":$DATA", ".", " ", "/nul", "/%0d%0aSet-Cookie:%20a=b"),
        Gen.OneOf(200, 255, 4_096, 8_000, 8_192, 9_000).Select(length => "/" + new string('a', length)),
        Gen.OneOf(100, 2_000).Select(times => Junk.Repeat("/..", times)),
        Gen.OneOf(100, 1_500).Select(times => "?" + Junk.Repeat("v=1&", times)),
        Junk.Line.Select(junk => "?v=" + junk.Replace(' ', '+')));

    private static readonly Gen<string> Prefix = Gen.OneOf(
        "/", "//", "/.", "/./", "/../", "/%2e%2e/", "/%2F", "http://x", "http://x:80", "http://user:password@x:99999", "https://[::1", "http://", "ftp://x", "x", "\\", "*", "%", "\u00ff", "");

    /// <summary>In each, the bytes of the request line that are not spaces.</summary>
    public static readonly Gen<string> Any = Gen.Frequency<string>(
        (6, Known),
        (3, Gen.Select(Known, Suffix, (path, suffix) => path + suffix)),
        (2, Gen.Select(Prefix, Known, (prefix, path) => prefix + path)),
        (1, Known.Select(path => path.ToUpperInvariant())),
        (1, Gen.OneOf("*", "", "x:80", "kv", "?", "/%", "/\0", "http:///kv", "/kv /kv", "//evil.example/docs", "/docs//evil.example/..")));

    public static readonly Gen<string> Method = Gen.Frequency<string>(
        (6, Gen.OneOf("GET", "HEAD", "POST", "PUT", "DELETE")),
        (3, Gen.OneOf("OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND", "QUERY", "PRI", "get", "pOST", "head", "X", "GET\t", "G(T", "\u00ff", "")),
        (1, Gen.OneOf(30, 300, 9_000).Select(length => new string('M', length))));

    public static readonly Gen<string> Version = Gen.Frequency<string>(
        (8, Gen.Const("HTTP/1.1")),
        (2, Gen.Const("HTTP/1.0")),
        (1, Gen.OneOf("HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/9.9", "HTTP/1.", "HTTP", "http/1.1", "HTTP/1.1 ", "HTTP/1.1\0", "")));
}
