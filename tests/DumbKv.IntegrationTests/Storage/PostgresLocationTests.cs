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
    public void A_URL_and_a_connection_string_say_the_same(string location)
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
    public void Hosts_may_be_IPv6_and_several(string location, string hosts)
    {
        Parse(location).Host.Should().Be(hosts);
    }

    [TestCase("sslmode=require", "SSL Mode", "Require")]
    [TestCase("sslmode=verify-full&sslrootcert=/ca.pem", "SSL Mode", "VerifyFull")]
    [TestCase("SSL%20Mode=VerifyCA", "SSL Mode", "VerifyCA")]
    [TestCase("connect_timeout=7", "Timeout", "7")]
    [TestCase("target_session_attrs=read-write", "Target Session Attributes", "read-write")]
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
    public void Several_hosts_are_asked_for_the_primary()
    {
        var parsed = Parse("postgres://one,two/kv");

        parsed.TargetSessionAttributes.Should().Be("primary");
        parsed.HostRecheckSeconds.Should().Be(2);
    }

    [Test]
    public void Rows_never_stand_in_exception_messages()
    {
        Parse("postgres://db/kv?Include Error Detail=true").IncludeErrorDetail.Should().BeFalse();
    }

    [TestCase("postgres://user:hunter2@db/kv?sslmod=require", "has a parameter that neither libpq nor Npgsql knows")]
    [TestCase("postgres://user:hunter2@db/kv?sslmode=hunter2", "gives SSL Mode a value that it does not take")]
    [TestCase("postgres://user:hunter2@db/kv?connect_timeout=hunter2", "gives Timeout a value that it does not take")]
    [TestCase("postgres://user:hunter2@db:hunter2/kv", "has a port that is no number")]
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
    public void The_description_holds_neither_user_nor_password()
    {
        PostgresLocation.Parse("postgres://alice:hunter2@db:5432/kv").Description.Should().Be("PostgreSQL database kv at db:5432");
    }

    private static NpgsqlConnectionStringBuilder Parse(string location) => new(PostgresLocation.Parse(location).ConnectionString);
}
