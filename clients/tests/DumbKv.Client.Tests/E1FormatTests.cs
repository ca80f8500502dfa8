using System.Security.Cryptography;
using System.Text;
using DumbKv.Client.EndToEnd;

namespace DumbKv.Client.Tests;

/// <summary>Format E1: the shared worked examples, and each rule of a reader with an example that violates it.</summary>
public sealed class E1FormatTests
{
    private static readonly EndToEndVector Vector = EndToEndVector.All[0];
    private static readonly Lazy<E1Entry> Entry = new(() => Vector.Entry);

    [TestCaseSource(typeof(EndToEndVector), nameof(EndToEndVector.All))]
    public void A_worked_example_is_derived_sealed_and_opened(EndToEndVector vector)
    {
        ArgumentNullException.ThrowIfNull(vector);
        var entry = vector.Entry;

        entry.Id.Should().Be(vector.Id);
        entry.EntryKey.Should().Be(vector.EntryKey);
        Convert.ToHexStringLower(entry.DataKey).Should().Be(vector.DataKeyHex);
        Convert.ToHexStringLower(E1Blob.Seal(entry, Convert.FromHexString(vector.ContentHex), Encoding.UTF8.GetBytes(vector.Header), Convert.FromHexString(vector.NonceHex)))
            .Should().Be(vector.BlobHex);

        var (content, file) = E1Blob.Open(entry, Convert.FromHexString(vector.BlobHex));
        Convert.ToHexStringLower(content.Span).Should().Be(vector.ContentHex);
        Encoding.UTF8.GetString(E1Header.Encode(file)).Should().Be(vector.Header);
    }

    [TestCaseSource(typeof(EndToEndVector), nameof(EndToEndVector.All))]
    public void The_link_of_a_worked_example_opens_it(EndToEndVector vector)
    {
        ArgumentNullException.ThrowIfNull(vector);
        var link = E1Link.Parse(E1Link.Format(new Uri("https://kv.example"), vector.Entry).OriginalString);

        link.Page.Should().Be(new Uri("https://kv.example/"));
        link.Database.Should().Be(vector.Database);
        link.NeedsPassphrase.Should().Be(vector.Passphrase is not null && !vector.Key.Contains('/'));
        var passphrase = link.NeedsPassphrase ? Encoding.UTF8.GetBytes(vector.Passphrase!) : [];
        E1Entry.Derive(link.Key, passphrase, link.Database).Id.Should().Be(vector.Id);
    }

    [TestCase("https://kv.example", "https://kv.example/#key=")]
    [TestCase("http://kv.example:8000/store", "http://kv.example:8000/store/#key=")]
    [TestCase("https://kv.example/store/?query#fragment", "https://kv.example/store/#key=")]
    public void A_link_leads_to_the_page_of_the_server(string page, string start) =>
        E1Link.Format(new Uri(page), Entry.Value).OriginalString.Should().Be(start + Vector.Key);

    [TestCase("/relative")]
    [TestCase("ftp://kv.example")]
    [TestCase("https://user@kv.example")]
    public void Another_address_is_refused(string page) =>
        FluentActions.Invoking(() => E1Link.Format(new Uri(page, UriKind.RelativeOrAbsolute), Entry.Value)).Should().Throw<ArgumentException>();

    [Test]
    public void Names_and_passphrases_are_not_normalized_trimmed_or_folded()
    {
        (string Tail, string Passphrase)[] inputs = [("/é", ""), ("/e\u0301", ""), ("/É", ""), ("/é ", ""), ("", "é"), ("", "e\u0301"), ("", "É ")];

        var ids = inputs.Select(input => E1Entry.Derive(E1Key.Parse(Vector.Key + input.Tail), Encoding.UTF8.GetBytes(input.Passphrase), 0).Id);

        ids.Should().OnlyHaveUniqueItems();
    }

    [TestCase(0, 256)]
    [TestCase(253, 256)]
    [TestCase(254, 272)]
    [TestCase(269, 272)]
    [TestCase(270, 288)]
    [TestCase(509, 512)]
    [TestCase(510, 544)]
    [TestCase(1_032_189, 1_032_192)]
    [TestCase(1_032_190, 1_048_576)]
    [TestCase(66_060_285, 66_060_288)]
    public void Content_is_padded(int length, int body) => E1Blob.Seal(Entry.Value, new byte[length], file: null).Length.Should().Be(1 + 12 + body + 16);

    [Test]
    public void Content_above_the_maximum_is_refused()
    {
        FluentActions.Invoking(() => E1Blob.Seal(Entry.Value, new byte[EndToEndClient.MaxContentBytes + 1], file: null)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => E1Blob.Seal(Entry.Value, new byte[EndToEndClient.MaxContentBytes], new E1File { Name = "a" })).Should().Throw<ArgumentException>();
    }

    [Test]
    public void Each_blob_has_a_new_nonce()
    {
        var nonces = Enumerable.Range(0, 50).Select(_ => Convert.ToHexString(E1Blob.Seal(Entry.Value, [], file: null).AsSpan(1, 12)));

        nonces.Should().OnlyHaveUniqueItems();
    }

    [Test]
    public void What_was_sealed_opens_with_every_member_of_the_header()
    {
        var sent = new E1File { Name = "a \"b\" ü 🔑.bin", Type = "application/octet-stream", Time = DateTimeOffset.FromUnixTimeMilliseconds(1_795_600_000_000) };
        var bytes = RandomNumberGenerator.GetBytes(3_000);

        var (content, file) = E1Blob.Open(Entry.Value, E1Blob.Seal(Entry.Value, bytes, sent));

        content.ToArray().Should().Equal(bytes);
        file.Should().Be(sent);
    }

    [Test]
    public void A_header_of_1024_bytes_is_accepted_and_a_longer_one_refused()
    {
        var name = new string('n', 1_024 - "{\"name\":\"\"}".Length);

        E1Blob.Open(Entry.Value, E1Blob.Seal(Entry.Value, [], new E1File { Name = name })).File!.Name.Should().Be(name);
        FluentActions.Invoking(() => E1Blob.Seal(Entry.Value, [], new E1File { Name = name + "n" })).Should().Throw<ArgumentException>();
    }

    private static IEnumerable<E1File> WrongFiles =>
        [new E1File { Name = "\ud800" }, new E1File { Type = "a\udc00" }, new E1File { Time = DateTimeOffset.FromUnixTimeMilliseconds(-1) }];

    [TestCaseSource(nameof(WrongFiles))]
    public void A_wrong_header_is_not_written(E1File file) =>
        FluentActions.Invoking(() => E1Blob.Seal(Entry.Value, [], file)).Should().Throw<ArgumentException>();

    // ---- Reading. The blobs are made here, without the code under test.

    private static IEnumerable<TestCaseData> DamagedBlobs()
    {
        var good = Convert.FromHexString(Vector.BlobHex);
        yield return Case("no bytes", []);
        yield return Case("a blob of 31 bytes", good[..31]);
        yield return Case("an unknown version", Altered(good, 0));
        yield return Case("an altered nonce", Altered(good, 1));
        yield return Case("an altered ciphertext", Altered(good, 20));
        yield return Case("an altered tag", Altered(good, good.Length - 1));
        yield return Case("the last byte is missing", good[..^1]);
        yield return Case("a byte was added", [.. good, 0]);
        yield return Case("a plain text", "hunter2 hunter2 hunter2 hunter2 hunter2"u8.ToArray());
        yield return Case("the blob of another key", Convert.FromHexString(EndToEndVector.All[1].BlobHex));
        yield return Case("only zeros", Sealed(new byte[256]));
        yield return Case("no end mark", Sealed([0, 0, .. "hello"u8, .. new byte[249]]));
        yield return Case("another end mark", Sealed([0, 0, .. "hello"u8, 0x81, .. new byte[248]]));
        yield return Case("nothing before the end mark", Sealed([0x80, 0, 0]));
        yield return Case("one byte before the end mark", Sealed([0, 0x80, 0]));
        yield return Case("a header longer than the body", Sealed([0, 6, .. "{\"a\":"u8, 0x80]));
        yield return Case("a header that takes the end mark", Sealed([0, 3, .. "{}"u8, 0x80]));
        yield return Case("a header of 1,025 bytes", WithHeader($$"""{"name":"{{new string('n', 1_014)}}"}"""));
        yield return Case("a header of 65,535 bytes", Sealed([255, 255, .. Enumerable.Repeat((byte)32, 65_535), 0x80]));
        string[] headers =
        [
            "null", "[]", "\"text\"", "1", "true", "{", "{\"name\":\"a\"", "{name:\"a\"}", "{'name':'a'}", "{\"name\":\"a\",}", "{}{}", "{} x", "// c\n{}", " ", "NaN", "\ufeff{}", "\u00a0{}", "\0{}",
            "{\"name\":1}", "{\"name\":null}", "{\"name\":[\"a\"]}", "{\"type\":1}", "{\"type\":{}}", "{\"type\":null}", "{\"name\":\"a\",\"name\":1}",
            "{\"time\":\"1\"}", "{\"time\":null}", "{\"time\":-1}", "{\"time\":1.5}", "{\"time\":9007199254740992}", "{\"time\":1e400}", "{\"time\":01}", "{\"time\":true}",
            "{\"name\":\"\\ud800\"}", "{\"name\":\"\\udc00\"}", "{\"name\":\"\\uDC00\\uD800\"}", "{\"type\":\"\\ud83d\\ud83d\\udd11\"}", "{\"name\":\"\\ud83dx\"}", "{\"other\":\"\\ud800\"}",
            "{\"other\":{\"deep\":[\"\\ud800\"]}}", "{\"\\ud800\":1}", "{\"name\":\"\\ud800\",\"name\":\"a\"}", "{\"name\":\"a\nb\"}", "{\"name\":\"\\x\"}",
        ];
        foreach (var header in headers)
        {
            yield return Case($"the header {header}", WithHeader(header));
        }

        yield return Case("a header that is not UTF-8", WithHeader([.. "{\"name\":\""u8, 0xff, .. "\"}"u8]));
        yield return Case("a header with a surrogate in UTF-8", WithHeader([.. "{\"name\":\""u8, 0xed, 0xa0, 0x80, .. "\"}"u8]));

        static TestCaseData Case(string name, byte[] blob) => new TestCaseData(blob).SetArgDisplayNames(Printable(name));
    }

    [TestCaseSource(nameof(DamagedBlobs))]
    public void A_blob_that_violates_a_rule_is_damaged(byte[] blob) =>
        FluentActions.Invoking(() => E1Blob.Open(Entry.Value, blob)).Should().Throw<KvDamagedException>();

    [Test]
    public void The_blob_of_another_database_is_damaged()
    {
        var other = E1Entry.Derive(E1Key.Parse(Vector.Key), [], 1);

        FluentActions.Invoking(() => E1Blob.Open(other, Convert.FromHexString(Vector.BlobHex))).Should().Throw<KvDamagedException>();
    }

    private static IEnumerable<TestCaseData> AcceptedBlobs()
    {
        yield return Case("the shortest blob", Sealed([0, 0, 0x80]), "", null);
        yield return Case("padding of any length", Sealed([0, 0, .. "hello"u8, 0x80, .. new byte[1_001]]), "hello", null);
        yield return Case("no padding", Sealed([0, 0, .. "hello"u8, 0x80]), "hello", null);
        yield return Case("content that ends like the padding", Sealed([0, 0, .. "a\0"u8, 0x80, 0, 0]), "a\0", null);
        yield return Case("a header of 1,024 bytes", WithHeader($$"""{"name":"{{new string('n', 1_013)}}"}"""), "x", new E1File { Name = new string('n', 1_013) });
        yield return Case("a header without members", WithHeader("{}"), "x", null);
        yield return Case("white space in the header", WithHeader(" \t\r\n{ \"name\" : \"a\" } "), "x", new E1File { Name = "a" });
        yield return Case("the last of equal members", WithHeader("{\"name\":1,\"time\":-1,\"name\":\"a\",\"time\":0}"), "x", new E1File { Name = "a", Time = DateTimeOffset.UnixEpoch });
        yield return Case("an escaped member", WithHeader("{\"n\\u0061me\":\"a\"}"), "x", new E1File { Name = "a" });
        yield return Case("members in other case are unknown", WithHeader("{\"Name\":1,\"TYPE\":2,\"name\":\"a\"}"), "x", new E1File { Name = "a" });
        yield return Case("unknown members are ignored", WithHeader("{\"x\":null,\"y\":{\"name\":1,\"type\":\"t\"},\"z\":[1e999]}"), "x", null);
        yield return Case("any nesting", WithHeader($"{{\"x\":{new string('[', 500)}{new string(']', 500)},\"name\":\"a\"}}"), "x", new E1File { Name = "a" });
        yield return Case("an escaped pair of surrogates", WithHeader("{\"name\":\"\\ud83d\\uDD11\\\\ud800\"}"), "x", new E1File { Name = "🔑\\ud800" });
        yield return Case("an integer in another form", WithHeader("{\"time\":1.5e3}"), "x", new E1File { Time = DateTimeOffset.FromUnixTimeMilliseconds(1_500) });
        yield return Case("a time after the year 9999", WithHeader("{\"time\":9007199254740991}"), "x", new E1File());
        yield return Case("a byte order mark in the content", Sealed([0, 0, 0xef, 0xbb, 0xbf, .. "é"u8, 0x80]), "\ufeffé", null);

        static TestCaseData Case(string name, byte[] blob, string content, E1File? file) => new TestCaseData(blob, content, file).SetArgDisplayNames(Printable(name));
    }

    [TestCaseSource(nameof(AcceptedBlobs))]
    public void A_blob_that_the_rules_allow_is_opened(byte[] blob, string content, E1File? file)
    {
        var opened = E1Blob.Open(Entry.Value, blob);

        Encoding.UTF8.GetString(opened.Content.Span).Should().Be(content);
        opened.File.Should().Be(file);
    }

    private static byte[] WithHeader(string header) => WithHeader(Encoding.UTF8.GetBytes(header));

    private static byte[] WithHeader(byte[] header) => Sealed([(byte)(header.Length >> 8), (byte)header.Length, .. header, .. "x"u8, 0x80]);

    private static byte[] Sealed(byte[] body)
    {
        var nonce = RandomNumberGenerator.GetBytes(12);
        var sealedBody = new byte[body.Length];
        var tag = new byte[16];
        byte[] id = Convert.FromBase64String(Vector.Id.Replace('-', '+').Replace('_', '/') + "=");
        using var cipher = new AesGcm(Convert.FromHexString(Vector.DataKeyHex), 16);
        cipher.Encrypt(nonce, body, sealedBody, tag, associatedData: (byte[])[.. "DumbKV/E1\0\0\0\0\0"u8, .. id]);
        return [1, .. nonce, .. sealedBody, .. tag];
    }

    private static byte[] Altered(byte[] blob, int at)
    {
        byte[] altered = [.. blob];
        altered[at] ^= 1;
        return altered;
    }

    private static string Printable(string name) => string.Concat(name.Take(60).Select(character => char.IsControl(character) ? '·' : character));
}
