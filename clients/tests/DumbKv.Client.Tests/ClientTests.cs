using System.Net;
using System.Security.Cryptography;
using System.Text;
using DumbKv.TestHarness;
using Microsoft.Extensions.DependencyInjection;

namespace DumbKv.Client.Tests;

/// <summary>The client and a real server, on each database in turn.</summary>
public sealed class ClientTests(StoreKind kind) : ServerTests(kind)
{
    private DumbKvClient Kv => new(Http);

    [Test]
    public async Task A_text_is_read_as_it_was_set()
    {
        var etag = await Kv.SetAsync("key é 🔑\n", "välue\r\n\0 ");

        var entry = await Kv.GetAsync("key é 🔑\n");

        entry!.Text.Should().Be("välue\r\n\0 ");
        entry.IsText.Should().BeTrue();
        entry.ETag.Should().Be(etag);
        entry.ExpiresAt.Should().BeNull();
        entry.Once.Should().BeFalse();
        entry.File.Should().BeNull();
    }

    private static IEnumerable<byte[]> Contents => [[], [0], [255], "text"u8.ToArray(), "\r\n--boundary\r\n\r\n"u8.ToArray(), RandomNumberGenerator.GetBytes(1_000_000)];

    [TestCaseSource(nameof(Contents))]
    public async Task Bytes_are_read_as_they_were_set(byte[] content)
    {
        await Kv.SetAsync("k", content);
        var entry = await Kv.GetAsync("k");
        entry!.Bytes.ToArray().Should().Equal(content);
        entry.IsText.Should().BeFalse();
        entry.Text.Should().BeNull();

        var encrypted = Kv.EndToEnd(E1Key.Create());
        await encrypted.SetAsync(content);
        (await encrypted.GetAsync())!.Bytes.ToArray().Should().Equal(content);
    }

    [Test]
    public async Task A_text_that_is_UTF8_already_is_set_as_text()
    {
        await Kv.SetUtf8Async("k", "välue\r\n"u8.ToArray());

        (await Kv.GetAsync("k"))!.Text.Should().Be("välue\r\n");
        await Kv.Invoking(kv => kv.SetUtf8Async("other", new byte[] { 0xff })).Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    public async Task What_the_client_sets_is_an_ordinary_value_of_the_API_and_the_other_way_round()
    {
        await Kv.SetAsync("of the client", "a");
        (await Http.ValueAsync("of the client")).Should().Be("a");

        await Http.PutKvAsync("""{"key": "of the API", "value": "AP8=", "encoding": "base64", "database": 7}""");
        (await Kv.GetAsync("of the API", database: 7))!.Bytes.ToArray().Should().Equal(0, 255);
        (await Kv.GetAsync("of the API")).Should().BeNull();
    }

    [Test]
    public async Task A_peek_tells_about_a_value_and_keeps_it()
    {
        var etag = await Kv.SetAsync("k", "four", new SetOptions { TimeToLive = TimeSpan.FromDays(1), Once = true });

        var about = await Kv.PeekAsync("k");

        about!.Size.Should().Be(4);
        about.IsText.Should().BeTrue();
        about.Once.Should().BeTrue();
        about.ETag.Should().Be(etag);
        about.ExpiresAt.Should().Be(Server.Time.GetUtcNow().AddDays(1));
        (await Kv.GetAsync("k"))!.Once.Should().BeTrue();
    }

    [Test]
    public async Task Nothing_is_null()
    {
        (await Kv.GetAsync("k")).Should().BeNull();
        (await Kv.PeekAsync("k")).Should().BeNull();
        await Kv.DeleteAsync("k");
    }

    [Test]
    public async Task A_read_once_value_is_read_once_and_the_second_reader_learns_when()
    {
        var etag = await Kv.SetAsync("k", "v", new SetOptions { Once = true });
        (await Kv.GetAsync("k"))!.Text.Should().Be("v");

        var gone = (await Kv.Invoking(kv => kv.GetAsync("k")).Should().ThrowAsync<KvReadOnceGoneException>()).Which;

        gone.ReadAt.Should().Be(Server.Time.GetUtcNow());
        gone.ETag.Should().Be(etag);
        gone.MayBeOwnRead.Should().BeFalse();
    }

    [Test]
    public async Task A_set_replaces_only_what_it_is_told_to()
    {
        var first = await Kv.SetAsync("k", "1");
        await Kv.Invoking(kv => kv.SetAsync("k", "2")).Should().ThrowAsync<KvConflictException>();
        await Kv.Invoking(kv => kv.SetAsync("k", "2", new SetOptions { IfNoneMatch = true })).Should().ThrowAsync<KvPreconditionFailedException>();
        await Kv.Invoking(kv => kv.SetAsync("other", "2", new SetOptions { IfMatch = "*" })).Should().ThrowAsync<KvPreconditionFailedException>();

        var second = await Kv.SetAsync("k", "2", new SetOptions { IfMatch = first });
        await Kv.Invoking(kv => kv.SetAsync("k", "3", new SetOptions { IfMatch = first })).Should().ThrowAsync<KvPreconditionFailedException>();
        await Kv.SetAsync("k", "4", new SetOptions { IfMatch = second.Trim('"') });
        await Kv.SetAsync("k", "5", new SetOptions { Overwrite = true });

        (await Kv.GetAsync("k"))!.Text.Should().Be("5");
    }

    [Test]
    public async Task A_delete_can_have_a_condition()
    {
        var etag = await Kv.SetAsync("k", "v");

        await Kv.Invoking(kv => kv.DeleteAsync("k", ifMatch: "\"AAAAAAAAAAAAAAAA\"")).Should().ThrowAsync<KvPreconditionFailedException>();
        await Kv.DeleteAsync("k", ifMatch: etag);

        (await Kv.GetAsync("k")).Should().BeNull();
    }

    [Test]
    public async Task A_value_above_the_servers_limit_is_refused_with_the_servers_sentence()
    {
        var refusal = await Kv.Invoking(kv => kv.SetAsync("k", new byte[1_048_577])).Should().ThrowAsync<KvException>();

        refusal.Which.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        refusal.WithMessage("*1048576*");
    }

    // Not as attributes, which cannot have a lone surrogate.
    private static IEnumerable<object[]> WrongKeys =>
        [["", "1 to 65,536"], [new string('k', 65_537), "1 to 65,536"], ["a\ud800", "well-formed"], ["x e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw", "end-to-end"]];

    [TestCaseSource(nameof(WrongKeys))]
    public async Task A_key_that_must_not_be_sent_is_refused_before_it_is_sent(string key, string part)
    {
        foreach (var call in new Func<Task>[] { () => Kv.GetAsync(key), () => Kv.PeekAsync(key), () => Kv.SetAsync(key, ""), () => Kv.DeleteAsync(key) })
        {
            (await call.Should().ThrowAsync<ArgumentException>()).Which.Message.Should().Contain(part).And.NotContain("geb9");
        }
    }

    [TestCase(0.5)]
    [TestCase(315_360_001)]
    public async Task A_time_to_live_that_the_server_does_not_know_is_refused(double seconds) =>
        await Kv.Invoking(kv => kv.SetAsync("k", "v", new SetOptions { TimeToLive = TimeSpan.FromSeconds(seconds) })).Should().ThrowAsync<ArgumentOutOfRangeException>();

    // ---- End to end

    [Test]
    public async Task The_server_gets_neither_the_key_nor_the_value()
    {
        var key = E1Key.Create();
        var seen = new List<string>();
        using var http = new HttpClient(new Recorder(seen) { InnerHandler = new SocketsHttpHandler() }) { BaseAddress = Http.BaseAddress };
        var encrypted = new DumbKvClient(http).EndToEnd(key.WithName("db/password"), "correct horse");

        await encrypted.SetAsync("hunter2", new SetOptions { TimeToLive = TimeSpan.FromHours(1) }, new E1File { Name = "note.txt" });
        var entry = await encrypted.GetAsync();

        entry!.Text.Should().Be("hunter2");
        entry.File!.Name.Should().Be("note.txt");
        entry.ExpiresAt.Should().Be(Server.Time.GetUtcNow().AddHours(1));
        seen.Should().HaveCount(2).And.AllSatisfy(request =>
            request.Should().NotContainAny("hunter2", "db/password", "correct horse", "note.txt", key.Value, "e1-"));
    }

    [Test]
    public async Task A_link_opens_the_entry_of_a_name_alone_and_with_another_database()
    {
        var key = E1Key.Create();
        var named = Kv.EndToEnd(key.WithName("a"), "passphrase");
        await named.SetAsync("of a", new SetOptions { Database = 7 });
        await Kv.EndToEnd(key.WithName("b"), "passphrase").SetAsync("of b");

        var link = E1Link.Parse(named.LinkFor(Http.BaseAddress!, database: 7).OriginalString);

        link.NeedsPassphrase.Should().BeFalse();
        (await Kv.EndToEnd(link.Key).GetAsync(link.Database))!.Text.Should().Be("of a");
        (await Kv.EndToEnd(link.Key).GetAsync()).Should().BeNull();
    }

    [Test]
    public async Task A_wrong_passphrase_finds_nothing_and_consumes_nothing()
    {
        var key = E1Key.Create();
        await Kv.EndToEnd(key, "right").SetAsync("v", new SetOptions { Once = true });

        (await Kv.EndToEnd(key, "wrong").GetAsync()).Should().BeNull();
        (await Kv.EndToEnd(key).GetAsync()).Should().BeNull();
        (await Kv.EndToEnd(key, "right").GetAsync())!.Text.Should().Be("v");
    }

    [Test]
    public async Task Compare_and_set_and_delete_work_end_to_end()
    {
        var encrypted = Kv.EndToEnd(E1Key.Create());
        var etag = await encrypted.SetAsync("1");

        await encrypted.Invoking(kv => kv.SetAsync("2")).Should().ThrowAsync<KvConflictException>();
        etag = await encrypted.SetAsync("2", new SetOptions { IfMatch = etag });
        (await encrypted.PeekAsync())!.Size.Should().Be(1 + 12 + 256 + 16);
        await encrypted.DeleteAsync(ifMatch: etag);

        (await encrypted.GetAsync()).Should().BeNull();
    }

    [Test]
    public async Task A_plain_value_under_the_id_is_damaged_and_never_shown()
    {
        var key = E1Key.Parse(EndToEndVector.All[0].Key);
        await Kv.SetAsync(EndToEndVector.All[0].Id, "a plain value that is long enough for a blob");

        await Kv.Invoking(kv => kv.EndToEnd(key).GetAsync()).Should().ThrowAsync<KvDamagedException>();
    }

    // ---- Faults

    [TestCase(Fault.CutRequest)]
    [TestCase(Fault.CutResponse)]
    [TestCase(Fault.CutBody)]
    [TestCase(Fault.Unavailable)]
    public async Task A_get_is_repeated(Fault fault)
    {
        await Kv.SetAsync("k", "v");
        using var proxy = new UnreliableProxy(Http.BaseAddress!, fault, fault);
        using var http = new HttpClient { BaseAddress = proxy.Address };

        (await new DumbKvClient(http).GetAsync("k"))!.Text.Should().Be("v");
        proxy.Requests.Should().Be(3);
    }

    [TestCase(Fault.CutResponse)]
    [TestCase(Fault.Unavailable)]
    public async Task A_peek_is_repeated(Fault fault)
    {
        await Kv.SetAsync("k", "v");
        using var proxy = new UnreliableProxy(Http.BaseAddress!, fault);
        using var http = new HttpClient { BaseAddress = proxy.Address };

        (await new DumbKvClient(http).PeekAsync("k"))!.Size.Should().Be(1);
    }

    [Test]
    public async Task A_get_that_goes_on_failing_says_that_the_outcome_is_unknown()
    {
        using var proxy = new UnreliableProxy(Http.BaseAddress!, Fault.Unavailable, Fault.Unavailable);
        using var http = new HttpClient { BaseAddress = proxy.Address };

        var failure = (await new DumbKvClient(http, new DumbKvClientOptions { Retries = 1 }).Invoking(kv => kv.GetAsync("k")).Should().ThrowAsync<KvUnavailableException>()).Which;

        failure.Message.Should().Be("The server is overloaded. An earlier attempt of this request may have read it, and its response was lost.");
        failure.RetryAfter.Should().Be(TimeSpan.FromSeconds(1));
        failure.OutcomeUnknown.Should().BeTrue();
        proxy.Requests.Should().Be(2);
    }

    [Test]
    public async Task A_read_once_value_that_was_lost_with_a_response_is_named_as_a_possible_own_read()
    {
        await Kv.SetAsync("k", "v", new SetOptions { Once = true });
        using var proxy = new UnreliableProxy(Http.BaseAddress!, Fault.CutResponse);
        using var http = new HttpClient { BaseAddress = proxy.Address };

        var gone = (await new DumbKvClient(http).Invoking(kv => kv.GetAsync("k")).Should().ThrowAsync<KvReadOnceGoneException>()).Which;

        gone.MayBeOwnRead.Should().BeTrue();
        gone.Message.Should().Contain("An earlier attempt of this request may have read it");
    }

    [TestCase(Fault.CutRequest)]
    [TestCase(Fault.None, Description = "nothing is there, as on a server without receipts")]
    public async Task Whatever_ends_a_get_after_a_lost_response_the_outcome_is_unknown(Fault end)
    {
        using var proxy = new UnreliableProxy(Http.BaseAddress!, Fault.CutResponse, end);
        using var http = new HttpClient { BaseAddress = proxy.Address };

        var failure = (await new DumbKvClient(http, new DumbKvClientOptions { Retries = 1 }).Invoking(kv => kv.GetAsync("k")).Should().ThrowAsync<KvUnavailableException>()).Which;

        failure.OutcomeUnknown.Should().BeTrue();
        failure.Message.Should().Contain("An earlier attempt of this request may have read it");
        proxy.Requests.Should().Be(2);
    }

    [Test]
    public async Task A_wrong_address_of_a_server_is_not_taken_for_a_missing_value()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Http.BaseAddress!, "wrong/") };

        foreach (var call in new Func<DumbKvClient, Task>[] { kv => kv.GetAsync("k"), kv => kv.PeekAsync("k"), kv => kv.SetAsync("k", "v"), kv => kv.DeleteAsync("k") })
        {
            (await new DumbKvClient(http).Invoking(call).Should().ThrowAsync<KvException>()).Which.Message.Should().Contain("Check the address of the server");
        }
    }

    [TestCase("")]
    [TestCase("a token\n")]
    public void A_token_that_cannot_be_sent_is_refused_and_not_repeated(string token) =>
        FluentActions.Invoking(() => new DumbKvClient(Http, new DumbKvClientOptions { Token = token })).Should().Throw<ArgumentException>()
            .Which.Message.Should().NotContain("a token");

    [TestCase(Fault.CutRequest, false)]
    [TestCase(Fault.CutResponse, true)]
    [TestCase(Fault.Unavailable, false)]
    public async Task A_set_and_a_delete_are_never_repeated(Fault fault, bool isStored)
    {
        using var proxy = new UnreliableProxy(Http.BaseAddress!, fault, fault);
        using var http = new HttpClient { BaseAddress = proxy.Address };
        var kv = new DumbKvClient(http);

        var failure = (await kv.Invoking(one => one.SetAsync("k", "v")).Should().ThrowAsync<KvUnavailableException>()).Which;
        failure.OutcomeUnknown.Should().BeTrue();
        proxy.Requests.Should().Be(1);
        (await Kv.PeekAsync("k") is not null).Should().Be(isStored);

        await kv.Invoking(one => one.DeleteAsync("k")).Should().ThrowAsync<KvUnavailableException>();
        proxy.Requests.Should().Be(2);
    }

    [Test]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        var address = Http.BaseAddress!;
        await Server.DisposeAsync();
        using var http = new HttpClient { BaseAddress = address };

        var failure = (await new DumbKvClient(http).Invoking(kv => kv.SetAsync("k", "v")).Should().ThrowAsync<KvUnavailableException>()).Which;

        failure.Message.Should().Be("The server does not accept connections. Check that it runs, and check the address and the port.");
        failure.OutcomeUnknown.Should().BeFalse();
    }

    [Test]
    public async Task A_server_that_does_not_answer_in_time_is_unavailable_and_a_cancelled_call_is_cancelled()
    {
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{silent.LocalEndpoint}"), Timeout = TimeSpan.FromMilliseconds(200) };
        var kv = new DumbKvClient(http);

        (await kv.Invoking(one => one.GetAsync("k")).Should().ThrowAsync<KvUnavailableException>()).WithMessage("*in time*");

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await kv.Invoking(one => one.GetAsync("k", cancellationToken: cancelled.Token)).Should().ThrowAsync<OperationCanceledException>();
    }

    [TestCase("200 OK", "text/html", "<h1>Sign in</h1>", "does not come from a DumbKV server")]
    [TestCase("200 OK", "application/json", "{\"status\":\"success\"}", "does not come from a DumbKV server")]
    [TestCase("404 Not Found", "text/html", "nginx", "does not come from a DumbKV server")]
    [TestCase("404 Not Found", "application/problem+json", "{\"title\":\"Not Found\"}", "does not come from a DumbKV server")]
    [TestCase("409 Conflict", "text/plain", "no", "does not come from a DumbKV server")]
    [TestCase("500 Internal Server Error", "text/html", "<h1>proxy</h1>", "failed with status 500")]
    [TestCase("400 Bad Request", "application/problem+json", "{\"detail\":\"a\\u001b[31mb\\nc\\u202ed\"}", "a [31mb c d")]
    [TestCase("301 Moved Permanently\r\nLocation: https://kv.example/kv?x", "text/plain", "", "redirects to https://kv.example.")]
    [TestCase("302 Found\r\nLocation: /login", "text/plain", "", "redirects to another address.")]
    public async Task Another_server_is_never_taken_for_one_without_the_value(string status, string type, string body, string part)
    {
        using var other = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        other.Start();
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = new Uri($"http://{other.LocalEndpoint}") };
        foreach (var call in new Func<DumbKvClient, Task>[] { kv => kv.GetAsync("k"), kv => kv.PeekAsync("k"), kv => kv.SetAsync("k", "v") })
        {
            var served = ServeAsync();

            var failure = await new DumbKvClient(http, new DumbKvClientOptions { Retries = 0 }).Invoking(call).Should().ThrowAsync<KvException>();

            failure.Which.Message.Should().Contain(part);
            await served;
        }

        async Task ServeAsync()
        {
            using var client = await other.AcceptTcpClientAsync();
            var stream = client.GetStream();
            _ = await stream.ReadAsync(new byte[4_096]);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));

            // Reads the rest, so that no reset destroys the response on its way.
            client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            while (await stream.ReadAsync(new byte[4_096]) > 0)
            {
            }
        }
    }

    // ---- IHttpClientFactory

    [Test]
    public async Task The_client_is_registered_with_the_factory()
    {
        var handled = new List<string>();
        await using var services = new ServiceCollection()
            .AddDumbKvClient(Http.BaseAddress!, options => options.Retries = 0).AddHttpMessageHandler(() => new Recorder(handled)).Services
            .BuildServiceProvider();

        var kv = services.GetRequiredService<DumbKvClient>();
        await kv.SetAsync("k", "v");

        (await kv.GetAsync("k"))!.Text.Should().Be("v");
        handled.Should().HaveCount(2);
    }

    [Test]
    public async Task A_client_of_the_factory_sends_no_key_to_where_a_server_redirects()
    {
        using var redirecting = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        redirecting.Start();
        var served = ServeAsync();
        await using var services = new ServiceCollection().AddDumbKvClient(new Uri($"http://{redirecting.LocalEndpoint}")).Services.BuildServiceProvider();

        await services.GetRequiredService<DumbKvClient>().Invoking(kv => kv.SetAsync("k", "v")).Should().ThrowAsync<KvException>().WithMessage("*redirects to http://127.0.0.1:*");

        await served;
        (await Kv.GetAsync("k")).Should().BeNull();

        async Task ServeAsync()
        {
            using var client = await redirecting.AcceptTcpClientAsync();
            _ = await client.GetStream().ReadAsync(new byte[65_536]);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 307 Temporary Redirect\r\nLocation: {Http.BaseAddress}kv\r\nContent-Length: 0\r\n\r\n"));
        }
    }

    /// <summary>Keeps what is sent.</summary>
    private sealed class Recorder(List<string> requests) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            requests.Add($"{request}{Encoding.Latin1.GetString(await request.Content!.ReadAsByteArrayAsync(cancellationToken))}");
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
