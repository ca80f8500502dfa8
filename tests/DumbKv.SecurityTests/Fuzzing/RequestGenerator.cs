using CsCheck;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>Generates requests. The same seed and number give the same request.</summary>
internal static class RequestGenerator
{
    private const string Host = "Host: localhost\r\n";

    private static readonly Gen<string> HarmlessLines = Headers.Harmless.Array[0, 3].Select(string.Concat);

    private static readonly Gen<string> Authorization = Gen.Frequency((2, $"Authorization: Bearer {Headers.Token}\r\n"), (1, ""));

    private static readonly Gen<string> JsonType = Gen.Frequency<string>((9, Gen.Const("Content-Type: application/json\r\n")), (1, Headers.ContentType), (1, Gen.Const("")));

    private static readonly Gen<string> FormType = Gen.Frequency<string>((6, Gen.Const("Content-Type: application/x-www-form-urlencoded\r\n")), (1, Headers.ContentType), (1, Gen.Const("")));

    private static readonly Gen<(string Method, string Body)> MethodAndBody = Gen.Frequency<(string, string)>(
        (3, JsonBodies.Good), (4, Gen.Select(Gen.OneOf("POST", "PUT", "DELETE"), JsonBodies.Any)));

    private static readonly Gen<string> BytesAccepted = Gen.Frequency<string>(
        (3, Gen.Const("")),
        (1, Gen.OneOf(
            "application/octet-stream", "application/octet-stream;q=0", "application/octet-stream;q=x, */*", "application/octet-stream;q=0.5, application/json", "application/octet-stream;;;", "\"application/octet-stream",
            "application/octet-stream" + new string(',', 500)).Select(accept => $"Accept: {accept}\r\n")));

    private static readonly Gen<FuzzRequest> Call = Gen.Select(
        MethodAndBody, JsonType, Authorization, Headers.Condition, BytesAccepted, HarmlessLines, Gen.Int[0, 3],
        (call, type, token, condition, accept, lines, plain) => Frame(call.Method, "/kv", $"{type}{token}{condition}{accept}{(plain == 0 ? lines : "")}", call.Body));

    private static readonly Gen<FuzzRequest> Chunked = Gen.Select(
        Gen.OneOf("POST", "PUT", "DELETE"), Authorization, JsonBodies.Any, Gen.OneOf(1, 7, 1_000, 100_000), Gen.OneOf("", ";a=b", ";\"", " "),
        (method, token, body, size, extension) => new FuzzRequest(
            $"{method} /kv HTTP/1.1\r\n{Host}Content-Type: application/json\r\n{token}Transfer-Encoding: chunked\r\n\r\n"
                + string.Concat(body.Chunk(Math.Max(size, body.Length / 50)).Select(chunk => $"{chunk.Length:x}{extension}\r\n{new string(chunk)}\r\n")) + "0\r\n\r\n",
            Framed: false, Head: false));

    private static readonly Gen<string> BadChunks = Gen.Select(
        JsonBodies.Any, Gen.OneOf("5\r\n", "-1\r\n", "ffffffffffffffff\r\n", "0x5\r\n", "\r\n", "g\r\n", "5;\0\r\n", "0\r\nA: b\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n", "00000000000000000000000000000005\r\n", "5\n"),
        (body, size) => $"POST /kv HTTP/1.1\r\n{Host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{size}{body}\r\n0\r\n\r\n");

    private static readonly Gen<FuzzRequest> Form = Gen.Select(
        FormType, HarmlessLines, FormBodies.UrlEncoded, Gen.Int[0, 2], (type, lines, body, plain) => Frame("POST", "/", type + (plain == 0 ? lines : ""), body));

    private static readonly Gen<FuzzRequest> Upload = Gen.Select(
        Gen.Frequency((8, "PUT /kv"), (1, "POST /kv"), (1, "POST /")),
        Gen.Frequency<string>(
            (8, Gen.Const("multipart/form-data; boundary=b")),
            (2, Gen.OneOf(
                "multipart/form-data; boundary=\"b\"", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=b; boundary=c", "multipart/form-data; boundary=b; charset=utf-16",
                "multipart/form-data; boundary=" + new string('b', 71), "multipart/mixed; boundary=b"))),
        Authorization, Headers.Condition, MultipartBodies.Any,
        (target, type, token, condition, body) => Frame(target.Split(' ')[0], target.Split(' ')[1], $"Content-Type: {type}\r\n{token}{condition}", body));

    private static readonly Gen<FuzzRequest> Visit = Gen.Select(
        Targets.Method, Targets.Any, Headers.Host, HarmlessLines, (method, target, host, lines) => Frame(method, target, lines, null, host));

    private static readonly Gen<string> Malformed = Gen.Select(
        Targets.Method, Targets.Any, Targets.Version, Headers.Wild.Array[1, 3].Select(string.Concat), HarmlessLines, Gen.OneOf<string>(JsonBodies.Any, FormBodies.UrlEncoded, Gen.Const("")), Gen.OneOf("\r\n", "\r\n", "\r\n", "\n", ""),
        (method, target, version, wild, lines, body, end) => $"{method} {target} {version}\r\n{Host}{lines}{wild}{end}{body}");

    // A header that breaks the framing, on an otherwise valid request.
    private static readonly Gen<string> Misframed = Gen.Select(
        Gen.OneOf("POST", "PUT", "DELETE"), JsonBodies.Any, Headers.Wild.Array[1, 2].Select(string.Concat), Gen.Int[-3, 3], Gen.OneOf("HTTP/1.1", "HTTP/1.1", "HTTP/1.0"),
        (method, body, wild, off, version) =>
            $"{method} /kv {version}\r\n{Host}Content-Type: application/json\r\n{(off == -3 ? "" : $"Content-Length: {Math.Max(0, body.Length + off)}\r\n")}{wild}\r\n{body}");

    private static readonly Gen<string> Pipelined = Gen.OneOf<FuzzRequest>(Call, Form, Visit).Array[2, 6].Select(requests => string.Concat(requests.Select(request => request.Text)));

    private static readonly Gen<string> Damaged = Gen.OneOf<FuzzRequest>(Call, Form, Visit).Select(request => request.Text).Damaged();

    private static readonly Gen<string> Noise = Gen.OneOf<string>(
        Junk.Bytes, Gen.OneOf(1_000, 70_000).Select(length => new string('\0', length)),
        Gen.OneOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003", "\r\n\r\n\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n\r\n", "GET /\r\n", "\0"));

    private static readonly Gen<FuzzRequest> Any = Gen.Frequency<FuzzRequest>(
        (40, Call),
        (12, Form),
        (8, Upload),
        (20, Visit),
        (4, Chunked),
        (22, Gen.Frequency<string>((2, BadChunks), (6, Malformed), (6, Misframed), (2, Pipelined), (5, Damaged), (1, Noise)).Select(text => new FuzzRequest(text, Framed: false, Head: false))));

    public static FuzzRequest Make(ulong seed, int number) => Any.Generate(new PCG((uint)number, seed), null, out _);

    private static FuzzRequest Frame(string method, string target, string lines, string? body, string host = Host)
    {
        var length = body is null ? string.Empty : $"Content-Length: {body.Length}\r\n";
        var isFramed = method is not ("CONNECT" or "head" or "PRI") && !target.Contains(' ', StringComparison.Ordinal);
        return new FuzzRequest($"{method} {target} HTTP/1.1\r\n{host}{lines}{length}\r\n{body}", isFramed, method == "HEAD");
    }
}
