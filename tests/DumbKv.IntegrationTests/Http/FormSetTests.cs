using System.Globalization;
using System.Net;
using System.Text;
using DumbKv.TestHarness;
using DumbKv.Web.Tokens;

namespace DumbKv.IntegrationTests.Http;

/// <summary>A set as multipart/form-data, in literal HTTP.</summary>
public sealed class FormSetTests(StoreKind kind) : ServerTests(kind)
{
    private const string Key = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n";
    private const string Value = "--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nv\r\n";
    private const string End = "--b--\r\n";

    [Test]
    public async Task A_part_without_a_file_name_is_text()
    {
        using var response = await Http.PutFormAsync(
            "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\u00c3\u00a9y\r\n--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\n\u00c5\u00beivot\r\n\r\n--b--\r\n");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json; charset=utf-8");
        response.Headers.GetValues("Cache-Control").Should().Equal("no-store");
        response.Headers.ETag!.ToString().Should().MatchRegex("^\"[A-Za-z0-9_-]{16}\"$");
        (await response.TextAsync()).Should().Be("""{"status":"success"}""");
        using var read = await Http.PostKvAsync("""{"key": "kéy"}""");
        (await read.TextAsync()).Should().Be("""{"value":"život\r\n"}""");
        read.Headers.ETag.Should().Be(response.Headers.ETag);
    }

    [TestCase("filename=\"logo.png\"")]
    [TestCase("filename=logo.png")]
    [TestCase("filename=\"\"")]
    [TestCase("filename=\"\u00c5\u00be;%22\\\".png\"")]
    [TestCase("filename*=UTF-8''logo.png")]
    public async Task A_part_with_a_file_name_is_bytes(string fileName)
    {
        using var response = await Http.PutFormAsync(
            $"{Key}--b\r\nContent-Disposition: form-data; name=\"value\"; {fileName}\r\nContent-Type: image/png\r\n\r\n\0\u00ff\r\n--\r\n-b--b\r\n--\r\n--b--\r\n");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        using var read = await Http.PostKvAsync("""{"key": "k"}""");
        (await read.TextAsync()).Should().Be($$"""{"value":"{{Convert.ToBase64String(Encoding.Latin1.GetBytes("\0\u00ff\r\n--\r\n-b--b\r\n--"))}}","encoding":"base64"}""");
    }

    [Test]
    public async Task Every_field_is_applied()
    {
        await Http.PutKvAsync("""{"database": -7, "key": "k", "value": "first"}""");

        using var response = await Http.PutFormAsync($"{Key}{Value}{Part("database=-7")}{Part("ttl=60")}{Part("once=true")}{Part("overwrite=true")}{End}");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        using var peek = await Http.PostKvAsync("""{"database": -7, "key": "k", "peek": true}""");
        (await peek.TextAsync()).Should().Be("""{"expires_at":"2030-01-31T12:01:00.000Z","once":true,"size":1}""");
    }

    [Test]
    public async Task A_field_that_is_false_is_as_if_it_was_left_out()
    {
        using var first = await Http.PutFormAsync($"{Key}{Value}{Part("database=0")}{Part("once=false")}{Part("overwrite=false")}{End}");
        using var second = await Http.PutFormAsync($"{Key}{Value}{Part("overwrite=false")}{End}");

        first.StatusCode.Should().Be(HttpStatusCode.OK);
        second.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await Http.ValueAsync("k")).Should().Be("v");
        (await Http.ValueAsync("k")).Should().Be("v");
    }

    [TestCase("", """{"value":""}""")]
    [TestCase("; filename=\"empty\"", """{"value":"","encoding":"base64"}""")]
    public async Task An_empty_field_is_a_value(string fileName, string expected)
    {
        using var response = await Http.PutFormAsync($"{Key}--b\r\nContent-Disposition: form-data; name=\"value\"{fileName}\r\n\r\n\r\n{End}");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        using var read = await Http.PostKvAsync("""{"key": "k"}""");
        (await read.TextAsync()).Should().Be(expected);
    }

    [TestCase("multipart/form-data; boundary=b", "--b")]
    [TestCase("MULTIPART/Form-Data; boundary=\"b\"; charset=UTF-8", "--b")]
    [TestCase("multipart/form-data; boundary=1234567890123456789012345678901234567890123456789012345678901234567890", "--1234567890123456789012345678901234567890123456789012345678901234567890")]
    [TestCase("multipart/form-data; boundary=\"a b:'()+_,-./=?c\"", "--a b:'()+_,-./=?c")]
    public async Task The_boundary_is_the_one_of_the_content_type(string type, string delimiter)
    {
        using var response = await Http.PutFormAsync($"{Key}{Value}{End}".Replace("--b", delimiter, StringComparison.Ordinal), type);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("v");
    }

    [TestCase("", TestName = "Equivalent_forms_are_accepted(no line break at the end)")]
    [TestCase(" \t\r\n", TestName = "Equivalent_forms_are_accepted(spaces after a boundary)")]
    public async Task Equivalent_forms_are_accepted(string end)
    {
        using var response = await Http.PutFormAsync(
            $"--b{end.TrimEnd('\r', '\n')}\r\nCONTENT-DISPOSITION:Form-Data;name=key\r\n\r\nk\r\n--b\r\nContent-Length: 1\r\nContent-Transfer-Encoding: Binary\r\nContent-Type: application/json\r\ncontent-disposition: form-data; name=value\r\n\r\nv\r\n--b--{end}");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync("k")).Should().Be("v");
    }

    [Test]
    public async Task The_forms_of_NETs_client_are_accepted()
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("k"), "key" },
            { new ByteArrayContent([0, 255, 13, 10]), "value", "žluť 1.png" },
            { new StringContent("true"), "once" },
        };

        using var response = await Http.PutAsync("/kv", form);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        using var read = await Http.PostKvAsync("""{"key": "k"}""");
        (await read.TextAsync()).Should().Be("""{"value":"AP8NCg==","encoding":"base64"}""");
    }

    [TestCase("value=v", "key", TestName = "The_field_is_named(no key)")]
    [TestCase("key=k", "value", TestName = "The_field_is_named(no value)")]
    [TestCase("key=k|value=v|key=k", "key", TestName = "The_field_is_named(key twice)")]
    [TestCase("key=k|value=v|value=v", "value", TestName = "The_field_is_named(value twice)")]
    [TestCase("value=v|key=", "key", TestName = "The_field_is_named(key empty)")]
    [TestCase("value=v|key=\u00ff", "key", TestName = "The_field_is_named(key not UTF-8)")]
    [TestCase("value=v|key; filename=\"key.txt\"=k", "key", TestName = "The_field_is_named(key a file)")]
    [TestCase("key=k|value=\u00ed\u00a0\u0080", "value", TestName = "The_field_is_named(value a lone surrogate)")]
    [TestCase("key=k|value=a\u00c3", "value", TestName = "The_field_is_named(value cut inside a character)")]
    [TestCase("key=k|value=v|encoding=base64", "encoding", TestName = "The_field_is_named(encoding)")]
    [TestCase("key=k|value=v|ttl=", "ttl", TestName = "The_field_is_named(ttl empty)")]
    [TestCase("key=k|value=v|ttl=0", "ttl", TestName = "The_field_is_named(ttl 0)")]
    [TestCase("key=k|value=v|ttl=315360001", "ttl", TestName = "The_field_is_named(ttl too long)")]
    [TestCase("key=k|value=v|ttl=99999999999", "ttl", TestName = "The_field_is_named(ttl out of range)")]
    [TestCase("key=k|value=v|ttl=60.0", "ttl", TestName = "The_field_is_named(ttl a fraction)")]
    [TestCase("key=k|value=v|ttl=6e1", "ttl", TestName = "The_field_is_named(ttl an exponent)")]
    [TestCase("key=k|value=v|ttl=+60", "ttl", TestName = "The_field_is_named(ttl with a plus)")]
    [TestCase("key=k|value=v|ttl=060", "ttl", TestName = "The_field_is_named(ttl with a zero in front)")]
    [TestCase("key=k|value=v|ttl= 60", "ttl", TestName = "The_field_is_named(ttl with a space)")]
    [TestCase("key=k|value=v|ttl=60\n", "ttl", TestName = "The_field_is_named(ttl with a line break)")]
    [TestCase("key=k|value=v|ttl=60\0", "ttl", TestName = "The_field_is_named(ttl with a NUL)")]
    [TestCase("key=k|value=v|ttl=60|ttl=60", "ttl", TestName = "The_field_is_named(ttl twice)")]
    [TestCase("key=k|value=v|ttl; filename=x=60", "ttl", TestName = "The_field_is_named(ttl a file)")]
    [TestCase("key=k|value=v|once=", "once", TestName = "The_field_is_named(once empty)")]
    [TestCase("key=k|value=v|once=True", "once", TestName = "The_field_is_named(once capital)")]
    [TestCase("key=k|value=v|once=1", "once", TestName = "The_field_is_named(once a number)")]
    [TestCase("key=k|value=v|once=on", "once", TestName = "The_field_is_named(once on)")]
    [TestCase("key=k|value=v|overwrite=yes", "overwrite", TestName = "The_field_is_named(overwrite yes)")]
    [TestCase("key=k|value=v|overwrite=true|overwrite=true", "overwrite", TestName = "The_field_is_named(overwrite twice)")]
    [TestCase("key=k|value=v|database=", "database", TestName = "The_field_is_named(database empty)")]
    [TestCase("key=k|value=v|database=2147483648", "database", TestName = "The_field_is_named(database out of range)")]
    [TestCase("key=k|value=v|database=0x1", "database", TestName = "The_field_is_named(database hexadecimal)")]
    public async Task The_field_is_named(string fields, string field)
    {
        using var response = await Http.PutFormAsync(string.Concat(fields.Split('|').Select(Part)) + End);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().StartWith($"\"{field}\" must");
        await NothingIsStoredAsync();
    }

    [Test]
    public async Task A_form_without_parts_has_no_key()
    {
        using var response = await Http.PutFormAsync(End);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().StartWith("\"key\" must be");
    }

    [TestCase("canary")]
    [TestCase("Key")]
    [TestCase("peek")]
    [TestCase("expires_at")]
    [TestCase("")]
    public async Task An_unknown_field_is_refused_and_not_repeated(string name)
    {
        using var response = await Http.PutFormAsync($"{Key}{Value}{Part($"{name}=canary")}{End}");

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().Be("The form has an unknown field. Names are case-sensitive: see /docs.");
        await NothingIsStoredAsync();
    }

    [TestCase("", TestName = "A_broken_form_is_refused(empty)")]
    [TestCase(Key + Value, TestName = "A_broken_form_is_refused(no final boundary)")]
    [TestCase(Key + Value + "--b", TestName = "A_broken_form_is_refused(half a final boundary)")]
    [TestCase(Key + Value + "--b-", TestName = "A_broken_form_is_refused(a final boundary with one hyphen)")]
    [TestCase(Key + Value + "--b\r\n", TestName = "A_broken_form_is_refused(a boundary and nothing after it)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nv", TestName = "A_broken_form_is_refused(ends in the value)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data; name=\"value\"", TestName = "A_broken_form_is_refused(ends in the headers)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nv--b--\r\n", TestName = "A_broken_form_is_refused(a boundary without a line break before)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nv\r\n--bc\r\n--b--\r\n", TestName = "A_broken_form_is_refused(a line that begins with the boundary)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nv\r\n--b-- x\r\n", TestName = "A_broken_form_is_refused(text after the final boundary)")]
    [TestCase(Key + Value + End + "x", TestName = "A_broken_form_is_refused(an epilogue)")]
    [TestCase(Key + Value + End + Key + End, TestName = "A_broken_form_is_refused(a second form)")]
    [TestCase("preamble\r\n" + Key + Value + End, TestName = "A_broken_form_is_refused(a preamble)")]
    [TestCase("\r\n" + Key + Value + End, TestName = "A_broken_form_is_refused(a line break first)")]
    [TestCase("--c\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--c--\r\n", TestName = "A_broken_form_is_refused(another boundary)")]
    [TestCase("--b\nContent-Disposition: form-data; name=\"key\"\n\nk\n--b--\n", TestName = "A_broken_form_is_refused(line feeds only)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data; name=\"value\"\n\r\n\r\nv\r\n" + End, TestName = "A_broken_form_is_refused(a line feed in the headers)")]
    [TestCase(Key + "--b\r\n\r\nv\r\n" + End, TestName = "A_broken_form_is_refused(a part without headers)")]
    [TestCase(Key + "--b\r\nContent-Type: text/plain\r\n\r\nv\r\n" + End, TestName = "A_broken_form_is_refused(a part without a disposition)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data\r\n\r\nv\r\n" + End, TestName = "A_broken_form_is_refused(a part without a name)")]
    [TestCase(Key + "--b\r\nContent-Disposition: attachment; name=\"value\"\r\n\r\nv\r\n" + End, TestName = "A_broken_form_is_refused(an attachment)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data; name=\"value\"; name=\"key\"\r\n\r\nv\r\n" + End, TestName = "A_broken_form_is_refused(a part with two names)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data; name=\"value\r\n\r\nv\r\n" + End, TestName = "A_broken_form_is_refused(an open quote)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data; name=\"value\"\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nv\r\n" + End, TestName = "A_broken_form_is_refused(two dispositions)")]
    [TestCase(Key + "--b\r\nContent-Disposition: form-data;\r\n name=\"value\"\r\n\r\nv\r\n" + End, TestName = "A_broken_form_is_refused(a folded header)")]
    [TestCase(Key + "--b\r\nno header\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nv\r\n" + End, TestName = "A_broken_form_is_refused(a header without a colon)")]
    public async Task A_broken_form_is_refused(string body)
    {
        using var response = await Http.PutFormAsync(body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().Be("The body must be a complete multipart/form-data form whose parts each have a name, with nothing before or after it.");
        await NothingIsStoredAsync();
    }

    [TestCase("multipart/form-data")]
    [TestCase("multipart/form-data; boundary=")]
    [TestCase("multipart/form-data; boundary=\"\"")]
    [TestCase("multipart/form-data; boundary=12345678901234567890123456789012345678901234567890123456789012345678901")]
    public async Task A_boundary_that_is_missing_or_too_long_is_refused(string type)
    {
        using var response = await Http.PutFormAsync($"{Key}{Value}{End}", type);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().Be("The Content-Type must name the boundary of the form, with 1 to 70 characters.");
    }

    [Test]
    public async Task The_headers_of_a_part_are_limited()
    {
        static string Body(int length) => $"{Key}--b\r\nContent-Disposition: form-data; name=\"value\"; filename=\"{new string('f', length)}\"\r\n\r\nv\r\n{End}";

        using var accepted = await Http.PutFormAsync(Body(8_000));
        using var refused = await Http.PutFormAsync(Body(8_200));

        accepted.StatusCode.Should().Be(HttpStatusCode.OK);
        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await refused.DetailAsync()).Should().Be("The headers of a part of the form must not be longer than 8192 bytes.");
    }

    [TestCase("Content-Transfer-Encoding: base64")]
    [TestCase("Content-Transfer-Encoding: quoted-printable")]
    [TestCase("Content-Encoding: gzip")]
    public async Task An_encoded_part_is_refused(string header)
    {
        using var response = await Http.PutFormAsync($"{Key}--b\r\nContent-Disposition: form-data; name=\"value\"\r\n{header}\r\n\r\ndg==\r\n{End}");

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().Be("A part of the form is encoded. Send its bytes as they are.");
        await NothingIsStoredAsync();
    }

    [TestCase("text/plain; charset=utf-16")]
    [TestCase("multipart/mixed; boundary=c")]
    public async Task A_text_of_another_charset_or_of_several_files_is_refused(string type)
    {
        using var response = await Http.PutFormAsync($"{Key}--b\r\nContent-Disposition: form-data; name=\"value\"\r\nContent-Type: {type}\r\n\r\nv\r\n{End}");

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.DetailAsync()).Should().StartWith("\"value\" must be");
        await NothingIsStoredAsync();
    }

    [TestCase("POST", "multipart/form-data; boundary=b")]
    [TestCase("DELETE", "multipart/form-data; boundary=b")]
    [TestCase("PUT", "multipart/mixed; boundary=b")]
    [TestCase("PUT", "multipart/form-data; boundary=b; charset=utf-16")]
    [TestCase("PUT", "application/x-www-form-urlencoded")]
    public async Task Other_methods_and_other_types_are_415(string method, string type)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/kv") { Content = new StringContent($"{Key}{Value}{End}") };
        request.Content.Headers.ContentType = null;
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);

        using var response = await Http.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        (await response.DetailAsync()).Should().Contain("multipart/form-data");
        await NothingIsStoredAsync();
    }

    [Test]
    public async Task The_conditions_of_a_set_apply()
    {
        using var first = await Http.PutFormAsync($"{Key}{Value}{End}", headers: ("If-None-Match", "*"));
        using var exists = await Http.PutFormAsync($"{Key}{Value}{End}");
        using var failed = await Http.PutFormAsync($"{Key}{Value}{End}", headers: ("If-None-Match", "*"));
        using var other = await Http.PutFormAsync($"{Key}{Value}{End}", headers: ("If-Match", "\"AAAAAAAAAAAAAAAA\""));
        using var weak = await Http.PutFormAsync($"{Key}{Value}{End}", headers: ("If-Match", "W/\"AAAAAAAAAAAAAAAA\""));
        using var replaced = await Http.PutFormAsync($"{Key}{Value}{End}", headers: ("If-Match", $"{first.Headers.ETag}"));

        new[] { first, exists, failed, other, weak, replaced }.Select(response => (int)response.StatusCode).Should().Equal(200, 409, 412, 412, 400, 200);
    }

    [Test]
    public async Task The_largest_value_is_stored_and_one_byte_more_is_413()
    {
        var largest = string.Concat(Enumerable.Repeat("\r\n--\0\u00ff\r\r", 131_072));
        static string Body(string value) => $"{Key}--b\r\nContent-Disposition: form-data; name=\"value\"; filename=\"f\"\r\n\r\n{value}\r\n{End}";

        using var stored = await Http.PutFormAsync(Body(largest));
        using var refused = await Http.PutFormAsync(Body(largest + "x"), headers: ("If-Match", "*"));

        stored.StatusCode.Should().Be(HttpStatusCode.OK);
        refused.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        (await refused.DetailAsync()).Should().Be("The value is larger than 1048576 bytes, the maximum of this server.");
        using var read = await Http.PostKvForBytesAsync("""{"key": "k"}""");
        (await read.Content.ReadAsByteArrayAsync()).Should().Equal(Encoding.Latin1.GetBytes(largest));
    }

    [Test]
    public async Task The_longest_key_is_accepted_and_one_byte_more_is_refused()
    {
        var key = new string('k', 65_536);

        using var stored = await Http.PutFormAsync($"{Part($"key={key}")}{Value}{End}");
        using var refused = await Http.PutFormAsync($"{Part($"key={key}k")}{Value}{End}");

        stored.StatusCode.Should().Be(HttpStatusCode.OK);
        (await Http.ValueAsync(key)).Should().Be("v");
        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await refused.DetailAsync()).Should().StartWith("\"key\" must be");
    }

    [Test]
    public async Task A_form_is_parsed_the_same_however_it_arrives()
    {
        var form = $"{Key}{Value}{Part("overwrite=true")}{End}";

        foreach (var size in new[] { 1, 2, 3, 7, 50, 1_000 })
        {
            var chunks = string.Concat(form.Chunk(size).Select(chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n")) + "0\r\n\r\n";
            var answer = await Wire.SendAsync(
                Http.BaseAddress!, $"PUT /kv HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");

            Encoding.ASCII.GetString(answer).Should().StartWith("HTTP/1.1 200 ", "a chunk had {0} bytes", size);
        }
    }

    [Test]
    public async Task A_form_that_ends_anywhere_before_its_end_stores_nothing()
    {
        var form = $"{Key}{Value}{End.TrimEnd()}";

        for (var length = 0; length < form.Length; length++)
        {
            using var response = await Http.PutFormAsync(form[..length]);
            response.StatusCode.Should().Be(HttpStatusCode.BadRequest, "the form ended after {0} bytes", length);
        }

        await NothingIsStoredAsync();
        using var whole = await Http.PutFormAsync(form);
        whole.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task Without_a_token_a_form_is_refused_before_its_body_is_sent()
    {
        var (token, hash) = AccessToken.Make();
        await using var store = await TestStore.CreateAsync(Store.Kind);
        await using var server = await TestServer.StartAsync(store, ("WRITE_TOKENS", hash));

        var answer = await Wire.SendAsync(
            server.Http.BaseAddress!, "PUT /kv HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 300000\r\n\r\n");
        using var accepted = await server.Http.PutFormAsync($"{Key}{Value}{End}", headers: ("Authorization", $"Bearer {token}"));

        Encoding.ASCII.GetString(answer).Should().StartWith("HTTP/1.1 401 ");
        accepted.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    /// <param name="field">"name=value", where the name can have further parameters.</param>
    private static string Part(string field)
    {
        var equals = field.LastIndexOf('=');
        var name = field[..equals].Split(';', 2);
        return $"--b\r\nContent-Disposition: form-data; name=\"{name[0]}\"{(name.Length > 1 ? $";{name[1]}" : "")}\r\n\r\n{field[(equals + 1)..]}\r\n";
    }

    private async Task NothingIsStoredAsync() => Convert.ToInt64(await Store.ExecuteAsync("SELECT count(*) FROM entries"), CultureInfo.InvariantCulture).Should().Be(0);
}
