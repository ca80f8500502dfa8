using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace DumbKv.CommandLine.Tests;

public sealed class ConnectionTests
{
    [TestCase("http://dumbkv.example")]
    [TestCase("http://192.168.0.1:8000")]
    [TestCase("http://localhost.example")]
    public async Task Plain_http_to_another_machine_is_refused(string server)
    {
        var share = await Dkv.RunAsync(["share"], null, ("DKV_URL", server));
        var link = await Dkv.RunAsync(["get", "-"], Encoding.UTF8.GetBytes($"{server}/#key={await Dkv.NewKeyAsync()}"));

        share.Failed(2).Error.Should().Contain("--insecure-http");
        link.Failed(2).Error.Should().Contain("--insecure-http");
    }

    [TestCase("localhost")]
    [TestCase("127.0.0.1")]
    public async Task Plain_http_to_this_machine_is_allowed_and_takes_no_proxy(string host)
    {
        var run = await Dkv.RunAsync(["share"], "value"u8.ToArray(), ("DKV_URL", $"http://{host}:{SharedServer.Address.Port}"), ("http_proxy", "http://127.0.0.1:1"));

        run.Succeeded();
    }

    [Test]
    public async Task A_proxy_of_the_environment_is_used()
    {
        await using var proxy = CannedServer.Start("HTTP/1.1 503 Service Unavailable\r\n", []);

        (await Dkv.RunAsync(["get", "--insecure-http"], null, ("DKV_URL", "http://dumbkv.example/"), ("DKV_KEY", await Dkv.NewKeyAsync()), ("http_proxy", proxy.Address))).Failed(5);
        (await Dkv.RunAsync(["get"], null, ("DKV_URL", "https://dumbkv.example/"), ("DKV_KEY", await Dkv.NewKeyAsync()), ("https_proxy", proxy.Address))).Failed(5);

        proxy.Requests.First().Should().StartWith("POST http://dumbkv.example/kv HTTP/1.1\r\n");
        proxy.Requests.Last().Should().StartWith("CONNECT dumbkv.example:443 HTTP/1.1\r\n");
    }

    [Test]
    public async Task A_certificate_authority_of_a_file_is_trusted_for_its_host_names_only()
    {
        using var folder = new TestFolder();
        MakeCertificate(folder, "localhost");
        await using var store = await TestStore.CreateAsync();
        await using var server = ServerProcess.Launch(store.Folder, new Dictionary<string, string?>
        {
            ["DATABASE_LOCATION"] = store.Location,
            ["ASPNETCORE_URLS"] = "https://127.0.0.1:0",
            ["ASPNETCORE_Kestrel__Certificates__Default__Path"] = folder.File("certificate.pem"),
            ["ASPNETCORE_Kestrel__Certificates__Default__KeyPath"] = folder.File("key.pem"),
        });
        await server.WaitForOutputAsync("https://127.0.0.1:");
        await server.WaitForOutputAsync("The store is ready");
        var port = System.Text.RegularExpressions.Regex.Match(server.Output, @"https://127\.0\.0\.1:(\d+)").Groups[1].Value;
        var (named, numbered) = ($"https://localhost:{port}", $"https://127.0.0.1:{port}");

        (await Dkv.RunAsync(["share", "--url", named, "--cacert", folder.File("certificate.pem")], "value"u8.ToArray())).Succeeded();
        (await Dkv.RunAsync(["share", "--url", named], "value"u8.ToArray())).Failed(1).Error.Should().Contain("certificate is not trusted");
        (await Dkv.RunAsync(["share", "--url", numbered, "--cacert", folder.File("certificate.pem")], "value"u8.ToArray())).Failed(1);
        (await Dkv.RunAsync(["share", "--url", named, "--cacert", folder.File("key.pem")])).Failed(2).Error.Should().Contain("no certificate");
        (await Dkv.RunAsync(["share", "--url", named, "--cacert", "/no/such/file"])).Failed(2).Error.Should().Contain("does not exist");
    }

    [Test]
    public async Task The_token_of_a_file_or_the_environment_is_sent()
    {
        using var folder = new TestFolder();
        var token = folder.Secret("token", "token-of-the-server\r\n");
        await using var server = CannedServer.Start("HTTP/1.1 403 Forbidden\r\nContent-Type: application/problem+json\r\n", "{}"u8.ToArray());
        (string, string?)[] environment = [("DKV_URL", server.Address), ("DKV_KEY", await Dkv.NewKeyAsync())];

        await Dkv.RunAsync(["rm", "--token-file", token], null, environment);
        await Dkv.RunAsync(["rm", "--token-file", "-"], "token-of-the-server\n"u8.ToArray(), environment);
        await Dkv.RunAsync(["rm"], null, [.. environment, ("DKV_TOKEN", "token-of-the-server")]);
        await Dkv.RunAsync(["rm"], null, [.. environment, ("DKV_TOKEN_FILE", token)]);
        (await Dkv.RunAsync(["rm"], null, [.. environment, ("DKV_TOKEN", "token of the server")])).Failed(2).Error.Should().Contain("no token has");

        server.Requests.Should().HaveCount(4).And.AllSatisfy(request => request.Should().Contain("Authorization: Bearer token-of-the-server\r\n"));
    }

    [Test]
    public async Task A_server_under_a_path_is_found_with_and_without_the_final_slash()
    {
        await using var server = CannedServer.Start("HTTP/1.1 403 Forbidden\r\nContent-Type: application/problem+json\r\n", "{}"u8.ToArray());

        await Dkv.RunAsync(["rm", "--url", $"{server.Address}/kv-store"], null, ("DKV_KEY", await Dkv.NewKeyAsync()));
        await Dkv.RunAsync(["rm", "--url", $"{server.Address}/kv-store/"], null, ("DKV_KEY", await Dkv.NewKeyAsync()));
        await Dkv.RunAsync(["rm", "-"], Encoding.UTF8.GetBytes($"{server.Address}/kv-store/send#key={await Dkv.NewKeyAsync()}"));

        server.Requests.Should().HaveCount(3).And.AllSatisfy(request => request.Should().StartWith("DELETE /kv-store/kv HTTP/1.1\r\n"));
    }

    private static void MakeCertificate(TestFolder folder, string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(folder.File("certificate.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(folder.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }
}
