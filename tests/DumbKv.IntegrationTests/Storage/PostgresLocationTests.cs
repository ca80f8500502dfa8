using DumbKv.Infrastructure;
using DumbKv.Infrastructure.Storage.Postgres;
using Npgsql;

namespace DumbKv.IntegrationTests.Storage;

public sealed class PostgresLocationTests
{
    [TestCase("postgres://user:pass@db.example:6432/kv")]
    [TestCase("postgresql://user:pass@db.example:6432/kv")]
    [TestCase("POSTGRES://user:pass@db.example:6432/kv")]
    [TestCase("Host=db.example:6432;Username=user;Password=pass;Database=kv")]
    [TestCase("Server=db.example:6432;User Id=user;Pwd=pass;Database=kv")]
    public void A_URL_and_a_connection_string_are_equivalent(string location)
    {
        var parsed = Parse(location);

        parsed.Host.Should().Be("db.example:6432");
        parsed.Username.Should().Be("user");
        parsed.Password.Should().Be("pass");
        parsed.Database.Should().Be("kv");
    }

    [Test]
    public void Percent_encoding_is_undone_in_every_part()
    {
        var parsed = Parse("postgres://us%40er:p%40ss%2Fw%3Ard%25@db/my%20kv?application_name=a%26b");

        parsed.Username.Should().Be("us@er");
        parsed.Password.Should().Be("p@ss/w:rd%");
        parsed.Database.Should().Be("my kv");
        parsed.ApplicationName.Should().Be("a&b");
    }

    [TestCase("postgres://[::1]/kv", "[::1]")]
    [TestCase("postgres://user@[2001:db8::1]:5433/kv", "[2001:db8::1]:5433")]
    [TestCase("postgres://host1:5432,host2/kv", "host1:5432,host2")]
    [TestCase("postgres://[::1]:5432,host2:5433/kv", "[::1]:5432,host2:5433")]
    public void Several_hosts_and_IPv6_hosts_are_accepted(string location, string hosts)
    {
        Parse(location).Host.Should().Be(hosts);
    }

    [TestCase("sslmode=require", "SSL Mode", "Require")]
    [TestCase("sslmode=verify-full&sslrootcert=/dev/null", "SSL Mode", "VerifyFull")]
    [TestCase("SSL%20Mode=VerifyCA", "SSL Mode", "VerifyCA")]
    [TestCase("connect_timeout=7", "Timeout", "7")]
    [TestCase("target_session_attrs=any", "Target Session Attributes", "any")]
    [TestCase("Maximum%20Pool%20Size=5", "Maximum Pool Size", "5")]
    [TestCase("Max Auto Prepare=0&No Reset On Close=true", "Max Auto Prepare", "0")]
    public void Parameters_have_libpqs_names_or_Npgsqls(string query, string name, string value)
    {
        Parse($"postgres://db/kv?{query}")[name].ToString().Should().Be(value);
    }

    [Test]
    public void What_is_not_set_gets_the_servers_defaults()
    {
        var parsed = Parse("postgres://db/kv");

        parsed.Timeout.Should().Be(3);
        parsed.CommandTimeout.Should().Be(5);
        parsed.KeepAlive.Should().Be(15);
        parsed.MaxPoolSize.Should().Be(20);
        parsed.MaxAutoPrepare.Should().BePositive();
        parsed.CancellationTimeout.Should().Be(-1);
        parsed.TargetSessionAttributes.Should().BeNull();
    }

    [Test]
    public void Of_several_hosts_the_primary_is_used()
    {
        var parsed = Parse("postgres://one,two/kv");

        parsed.TargetSessionAttributes.Should().Be("primary");
        parsed.HostRecheckSeconds.Should().Be(2);
    }

    [Test]
    public void Exception_messages_never_contain_rows()
    {
        Parse("postgres://db/kv?Include Error Detail=true").IncludeErrorDetail.Should().BeFalse();
    }

    [TestCase("postgres://user@%2Fvar%2Frun%2Fpostgresql/kv", "/var/run/postgresql", 5432)]
    [TestCase("postgres://user@%2Fvar%2Frun%2Fpostgresql:5433/kv", "/var/run/postgresql", 5433)]
    [TestCase("postgres:///kv?host=/var/run/postgresql&port=5433", "/var/run/postgresql", 5433)]
    [TestCase("postgres:///kv?host=db&port=5433", "db:5433", 5432)]
    [TestCase("postgres://ignored:1/kv?host=db&port=5433", "db:5433", 5432)]
    [TestCase("postgres:///kv?host=one,two&port=5433", "one:5433,two:5433", 5432)]
    [TestCase("postgres:///kv?host=one,two&port=5433,5434", "one:5433,two:5434", 5432)]
    [TestCase("postgres://user@/kv?hostaddr=127.0.0.1", "127.0.0.1", 5432)]
    [TestCase("postgres://user@/kv?hostaddr=::1&port=5433", "[::1]:5433", 5432)]
    [TestCase("postgres://db:5433/kv?hostaddr=127.0.0.1", "127.0.0.1:5433", 5432)]
    [TestCase("postgres://%2Ftmp:5433,db:5434/kv", "/tmp,db:5434", 5433)]
    public void Hosts_are_parsed_like_libpq_parses_them(string location, string host, int port)
    {
        var parsed = Parse(location);

        parsed.Host.Should().Be(host);
        parsed.Port.Should().Be(port);
    }

    [TestCase("keepalives=0", "Tcp Keepalive", "False")]
    [TestCase("keepalives=1", "Tcp Keepalive", "True")]
    [TestCase("load_balance_hosts=random", "Load Balance Hosts", "True")]
    [TestCase("require_auth=scram-sha-256", "Require Auth", "ScramSHA256")]
    [TestCase("ssl=true", "SSL Mode", "Require")]
    public void Values_of_libpq_that_Npgsql_writes_differently_are_translated(string query, string name, string value)
    {
        Parse($"postgres://db/kv?{query}")[name].ToString().Should().Be(value);
    }

    [TestCase("keepalives_count=3", "Npgsql does not support keepalives_count. Use Tcp Keepalive Time and Tcp Keepalive Interval.")]
    [TestCase("tcp_user_timeout=4", "Npgsql does not support tcp_user_timeout. Use Command Timeout.")]
    [TestCase("service=hunter2", "Npgsql does not support service. Write host, database and user into the URL.")]
    [TestCase("sslcrl=hunter2", "Npgsql does not support sslcrl. Use Check Certificate Revocation.")]
    [TestCase("ssl_min_protocol_version=TLSv1.2", "Npgsql does not support ssl_min_protocol_version. Set it on the PostgreSQL server.")]
    [TestCase("fallback_application_name=hunter2", "Npgsql does not support fallback_application_name. Use application_name.")]
    public void A_parameter_of_libpq_that_Npgsql_does_not_support_is_named_with_what_to_use(string query, string expected)
    {
        var refusal = FluentActions.Invoking(() => Parse($"postgres://user:hunter2@db/kv?{query}")).Should().Throw<StartRefusedException>().Which;

        refusal.Message.Should().Be($"DATABASE_LOCATION: {expected}");
    }

    [TestCase("postgres://user:hunter2@%2Ftmp:5433,%2Fvar:5434/kv", "Npgsql does not support socket directories with different ports")]
    [TestCase("postgres://user:hunter2@db/kv?hostaddr=127.0.0.1&sslmode=verify-full", "Npgsql verifies the certificate against the address that it connects to")]
    [TestCase("postgres://user:12/hunter2@db/kv", "has an @ after the first /")]
    [TestCase("postgres://user:hunter%zz2@db/kv", "has a % that is not followed by two hexadecimal digits")]
    [TestCase("postgres://user:hunter2@db:0/kv", "has a port that is not a number from 1 to 65535")]
    [TestCase("postgres://user:hunter2@db/kv?port=x", "has a port that is not a number from 1 to 65535")]
    [TestCase("postgres://user:hunter2@one,two/kv?port=1,2,3", "has 3 ports for 2 hosts")]
    [TestCase("Host=db;Port=99999;Password=hunter2", "has a port that is not a number from 1 to 65535")]
    [TestCase("host=db dbname=kv password=hunter2", "is in libpq's form of keywords and values")]
    [TestCase("postgres://user:hunter2@db/kv?sslcert=/nowhere", "sslcert names a file that cannot be read")]
    [TestCase("Host=db;Password=hunter2;Root Certificate=/nowhere", "Root Certificate names a file that cannot be read")]
    [TestCase("postgres://user:hunter2@db/kv?connect_timeout=-2", "has an invalid value for connect_timeout")]
    [TestCase("postgres://user:hunter2@db/kv?target_session_attrs=read-write", "has parameters that contradict each other")]
    [TestCase("postgres://user:hunter2@db/kv?sslmod=require", "has an unknown parameter")]
    [TestCase("postgres://user:hunter2@db/kv?sslmode=hunter2", "has an invalid value for sslmode")]
    [TestCase("postgres://user:hunter2@db/kv?connect_timeout=hunter2", "has an invalid value for connect_timeout")]
    [TestCase("postgres://user:hunter2@db:hunter2/kv", "has a port that is not a number")]
    [TestCase("postgres://user:hunter2@/kv", "names no host")]
    [TestCase("postgres://", "names no host")]
    [TestCase("Host=db;Passwrod=hunter2", "is neither a postgres:// URL nor an Npgsql connection string")]
    [TestCase("hunter2", "is neither a postgres:// URL nor an Npgsql connection string")]
    public void A_wrong_location_is_refused_without_its_password(string location, string expected)
    {
        var refusal = FluentActions.Invoking(() => Parse(location)).Should().Throw<StartRefusedException>().Which;

        refusal.Reason.Should().Be(StartRefusal.WrongSetting);
        refusal.Message.Should().StartWith("DATABASE_LOCATION: ").And.Contain(expected).And.NotContain("hunter2");
    }

    [Test]
    public void The_description_contains_neither_user_nor_password()
    {
        PostgresLocation.Parse("postgres://alice:hunter2@db:5432/kv").Description.Should().Be("PostgreSQL database kv at db:5432");
        PostgresLocation.Parse("postgres://alice:hunter2@db:5432").Description.Should().Be("PostgreSQL at db:5432");
    }

    private static NpgsqlConnectionStringBuilder Parse(string location) => new(PostgresLocation.Parse(location).ConnectionString);
}
