using CsCheck;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>Header lines, each with its line end.</summary>
internal static class Headers
{
    /// <summary>The token whose hash is in WRITE_TOKENS, if the server has that setting.</summary>
    public const string Token = "of-the-fuzzer";

    private static readonly Dictionary<string, string[]> Plausible = new()
    {
        ["Accept"] = ["*/*", "text/html", "application/openmetrics-text; version=1.0.0", "application/openmetrics-text;version=9;q=x,*", "application/json;q=0", "text/plain;version=0.0.4;escaping=allow-utf-8", "application/octet-stream, application/*;q=0.1"],
        ["Accept-Charset"] = ["utf-16", "*;q=0"],
        ["Accept-Encoding"] = ["gzip, br", "identity;q=0", "*;q=0"],
        ["Accept-Language"] = ["de-DE,en;q=0.5", "xx-INVALID-invalid"],
        ["Authorization"] = ["Bearer", "Bearer ", $"Bearer {Token}", $"bearer  {Token}", "Bearer a b c", "Basic Og==", "Basic !", "Bearer " + new string('t', 5_000), "Negotiate"],
        ["Baggage"] = ["a=b", "a=%zz;p=\"", new string(',', 500)],
        ["Content-Disposition"] = ["form-data; name=\"value\"; filename*=UTF-8''%zz"],
        ["Content-Encoding"] = ["gzip", "br", "x"],
        ["Cookie"] = ["a=b", "=;=;", "a=\"b"],
        ["Date"] = ["Thu, 32 Foo 9999 25:61:61 GMT"],
        ["Forwarded"] = ["for=1.2.3.4;host=evil.example", "for=\"[::1\""],
        ["Host"] = ["", "localhost", "a b", "[::1", "x:99999", "x:port", "user@x", "x/y", "evil.example"],
        ["If-Match"] = ["*", "\"\"", "\"AAAAAAAAAAAAAAAA\"", "W/\"AAAAAAAAAAAAAAAA\"", "\"a\", \"b\"", "\"AAAAAAAAAAAAAAA=\"", "\"", "\"\"\"", "*, *", "\"" + new string('A', 6_000) + "\""],
        ["If-Modified-Since"] = ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 -1400", "yesterday"],
        ["If-None-Match"] = ["*", "\"a\"", "W/\"a\"", "a", "*, *"],
        ["If-Range"] = ["\"a\"", "Fri, 31 Dec 9999 23:59:59 GMT", "W/\"a\""],
        ["If-Unmodified-Since"] = ["Thu, 01 Jan 1970 00:00:00 GMT", "0"],
        ["Origin"] = ["null", "http://localhost", "https://evil.example", "http://[::1", "http://x:99999", "file:///", "data:,", "http://\u00c3\u00bc", "http://%", "http://xn--\u00ff/", "http://a..b", "a:b"],
        ["Range"] = ["bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=0-99999999999999999999", "bytes=0-0,1-1,2-2", "bytes=-0", "lines=1-2", "bytes=" + Junk.Repeat("0-0,", 500)],
        ["Referer"] = ["http://x/#key=k"],
        ["Sec-Fetch-Site"] = ["same-origin", "none", "cross-site", "same-site"],
        ["TE"] = ["trailers", "chunked"],
        ["Traceparent"] = ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-00000000000000000000000000000000-0000000000000000-00", "ff-x", "00-" + new string('f', 500)],
        ["Tracestate"] = ["a=b", new string(',', 600)],
        ["User-Agent"] = ["a", "() { :;};"],
        ["X-Forwarded-For"] = ["1.2.3.4", "1.2.3.4, 5.6.7.8", "::1", "unknown", "999.1.1.1", "[::1]:99999"],
        ["X-Forwarded-Host"] = ["evil.example", "a b", "\u00c3\u00bc", "x, y"],
        ["X-Forwarded-Path"] = ["/x", "\u00c3\u00bc", "//evil.example"],
        ["X-Forwarded-Prefix"] = ["/x", "//evil.example", "\u00c3\u00bc", "\u00c3\u00bc, b", "?#"],
        ["X-Forwarded-Proto"] = ["https", "javascript", "x://", "https, http"],
        ["X-HTTP-Method-Override"] = ["DELETE"],
        ["X-Original-URL"] = ["/metrics"],
    };

    // Each of these can change where the request ends, or whether the connection stays open.
    private static readonly Dictionary<string, string[]> Breaking = new()
    {
        ["Connection"] = ["close", "keep-alive", "upgrade", "close, keep-alive", "content-length", "x"],
        ["Content-Length"] = ["0", "1", "-1", "+5", "5, 5", "5, 6", "0x5", "99999999999999999999", "9223372036854775807", "500000", " 5", "5 5", "٣"],
        ["Expect"] = ["100-continue", "100-Continue, x", "200-ok"],
        ["Keep-Alive"] = ["timeout=0"],
        ["Trailer"] = ["Content-Length, Authorization"],
        ["Transfer-Encoding"] = ["chunked", "Chunked", "chunked, chunked", "gzip, chunked", "chunked, gzip", "identity", "xchunked", "chunked;q=1", " chunked "],
        ["Upgrade"] = ["h2c", "websocket", "TLS/1.0", "x"],
        ["HTTP2-Settings"] = ["AAMAAABkAAQAAP__", "!"],
        ["Sec-WebSocket-Key"] = ["dGhlIHNhbXBsZSBub25jZQ==", "!"],
    };

    /// <summary>Headers that do not change where the request ends, whether the server accepts them or not.</summary>
    public static readonly Gen<string> Harmless = Gen.Frequency<string>(
        (8, From(Plausible)),
        (1, Junk.Line.Select(junk => $"X-Anything: {junk}\r\n")),
        (1, Gen.Select(Gen.OneOf("_", "a.b", "!#$%&'*+-.^_`|~", new string('n', 300), ":authority", "", "a b", "(", "\u00ff"), Junk.Line, (name, junk) => $"{name}: {junk}\r\n")));

    /// <summary>The only required header of a request.</summary>
    public static readonly Gen<string> Host = Gen.Frequency<string>(
        (8, Gen.Const("localhost")), (1, Gen.OneOf(Plausible["Host"])), (1, Junk.Line)).Select(host => $"Host: {host}\r\n");

    /// <summary>A precondition, or none.</summary>
    public static readonly Gen<string> Condition = Gen.Frequency<string>(
        (6, Gen.Const("")), (1, Gen.OneOf("If-Match", "If-None-Match").SelectMany(name => Gen.OneOf(Plausible[name]).Select(value => $"{name}: {value}\r\n"))));

    public static readonly Gen<string> Wild = Gen.Frequency<string>(
        (5, From(Breaking)),
        (1, Gen.Select(Gen.OneOf([.. Plausible.Keys, .. Breaking.Keys]), Junk.Bytes, (name, bytes) => $"{name}: {bytes}\r\n")),
        (1, Gen.OneOf(" folded: line\r\n", "no colon\r\n", ": no name\r\n", "Name : space\r\n", "Lf: only\n", "Cr: only\r", "Nul\0: a\r\n", "\r\n", "A: b\r\r\n", "A: b\n\n")),
        (1, Gen.OneOf(50, 99, 101, 1_000).Select(count => Junk.Repeat("A: b\r\n", count))),
        (1, Gen.OneOf(8_000, 16_000, 17_000, 40_000).Select(length => $"A: {new string('b', length)}\r\n")));

    public static readonly Gen<string> ContentType = Gen.Frequency<string>(
        (3, Gen.OneOf("application/json; charset=utf-8", "APPLICATION/JSON", "application/json;charset=\"utf-8\"", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=b")),
        (3, Gen.Select(
            Gen.OneOf("application/json", "application/x-www-form-urlencoded"),
            Gen.OneOf("utf-16", "utf-32", "utf-7", "us-ascii", "iso-8859-1", "windows-1252", "x", "", "\"", "\"utf-8", "utf-8;charset=utf-16", "\u00ff"),
            (type, charset) => $"{type}; charset={charset}")),
        (1, Gen.OneOf("application/json; =", "application/json;", "application/", "/json", "json", "*/*", "application/*", "application/json, text/plain", "application/problem+json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + new string('b', 300))),
        (1, Junk.Line)).Select(type => $"Content-Type: {type}\r\n");

    private static Gen<string> From(Dictionary<string, string[]> headers) => Gen.OneOf([.. headers]).SelectMany(header =>
        Gen.Frequency<string>((3, Gen.OneOf(header.Value)), (1, Junk.Line)).Select(value => $"{header.Key}: {Latin1(value)}\r\n"));

    private static string Latin1(string value) => value.Any(character => character > '\u00ff') ? Junk.Utf8(value) : value;
}
