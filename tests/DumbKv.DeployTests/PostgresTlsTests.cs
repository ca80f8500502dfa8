using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DumbKv.TestHarness;
using Npgsql;

namespace DumbKv.DeployTests;

/// <summary>The URL of overlays/postgres, with a real PostgreSQL whose certificate is from a CA of its own, as CloudNativePG's is.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PostgresTlsTests
{
    private DirectoryInfo _folder = null!;
    private LocalPostgres _postgres = null!;

    [OneTimeSetUp]
    public async Task StartPostgres()
    {
        if (Environment.GetEnvironmentVariable("DUMBKV_TEST_SQLITE_ONLY") == "1" || LocalPostgres.FindBinaries() is not { } binaries)
        {
            Assert.Ignore("No PostgreSQL.");
            return;
        }

        _folder = Directory.CreateTempSubdirectory("dumbkv-test-");
        var now = TimeProvider.System.GetUtcNow();
        using var authority = Authority("CN=the operator", now);
        using var stranger = Authority("CN=a stranger", now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=dumbkv-db-rw", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, now.AddHours(-1), now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        await WriteAsync("ca.crt", authority.ExportCertificatePem());
        await WriteAsync("stranger.crt", stranger.ExportCertificatePem());
        await WriteAsync("server.crt", certificate.ExportCertificatePem());
        await WriteAsync("server.key", key.ExportPkcs8PrivateKeyPem());

        // PostgreSQL runs as another user, and wants a key that only this user can read.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b_111_101_101);
        foreach (var file in _folder.GetFiles())
        {
            File.SetUnixFileMode(file.FullName, file.Extension == ".key" ? (UnixFileMode)0b_110_000_000 : (UnixFileMode)0b_110_100_100);
        }

        if (Environment.IsPrivilegedProcess)
        {
            // The user that the harness chose.
            using var chown = Process.Start("chown", [LocalPostgres.AsOrdinaryUser("true").ArgumentList[1], PathOf("server.key")]);
            await chown.WaitForExitAsync();
        }

        _postgres = await LocalPostgres.StartAsync(binaries, "-c", "ssl=on", "-c", $"ssl_cert_file={PathOf("server.crt")}", "-c", $"ssl_key_file={PathOf("server.key")}");
    }

    [OneTimeTearDown]
    public async Task StopPostgres()
    {
        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
            _folder.Delete(recursive: true);
        }
    }

    [Test]
    public async Task A_server_with_verify_full_uses_the_database_whose_CA_it_has()
    {
        var (server, _) = await DeployedServer.LaunchAsync("overlays/postgres", _folder.FullName, Url("localhost", "ca.crt"));
        await using (server)
        {
            await server.WaitUntilReadyAsync();
            (await server.Http.PutKvAsync("""{"key": "k", "value": "v"}""")).EnsureSuccessStatusCode();
        }

        ((bool)(await _postgres.ExecuteAsync("SELECT count(*) > 0 FROM entries"))!).Should().BeTrue();
    }

    [TestCase("localhost", "stranger.crt", TestName = "The_certificate_of_another_CA_is_refused")]
    [TestCase("127.0.0.1", "ca.crt", TestName = "A_certificate_with_another_name_is_refused")]
    public async Task It_does_not_send_its_password_to_a_database_that_it_cannot_verify(string host, string authority)
    {
        var settings = new Dictionary<string, string?> { ["DATABASE_TYPE"] = "postgres", ["DATABASE_LOCATION"] = Url(host, authority) + "&connect_timeout=30" };
        await using var check = ServerProcess.Launch(_folder.FullName, settings, "check");

        (await check.ExitCodeAsync()).Should().Be(1);
        check.Output.Should().Contain("certificate").And.NotContain(Password);
    }

    private string Password => new NpgsqlConnectionStringBuilder(_postgres.ConnectionString()).Password!;

    /// <summary>As deploy/k8s/README.md composes it.</summary>
    private string Url(string host, string authority) =>
        string.Create(CultureInfo.InvariantCulture, $"postgresql://dumbkv:{Password}@{host}:{_postgres.Port}/postgres?sslmode=verify-full&sslrootcert={PathOf(authority)}");

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(PathOf(name), text);

    private static X509Certificate2 Authority(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
