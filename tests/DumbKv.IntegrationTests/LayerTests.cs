using System.Reflection;
using DumbKv.Application;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure;
using DumbKv.Web;

namespace DumbKv.IntegrationTests;

/// <summary>A floor uses its own and those below it.</summary>
public sealed class LayerTests
{
    private static readonly Assembly Domain = typeof(Entry).Assembly;
    private static readonly Assembly Application = typeof(IEntryStore).Assembly;
    private static readonly Assembly Infrastructure = typeof(DatabaseOptions).Assembly;
    private static readonly Assembly Web = typeof(Server).Assembly;

    [Test]
    public void The_domain_uses_the_base_library_alone()
    {
        ReferencesOf(Domain).Should().OnlyContain(name => name.StartsWith("System.", StringComparison.Ordinal));
    }

    [Test]
    public void The_application_knows_neither_the_database_nor_the_web()
    {
        ReferencesOf(Application).Should().OnlyContain(name =>
            name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) || name == "DumbKv.Domain");
    }

    [Test]
    public void The_infrastructure_knows_nothing_of_the_web()
    {
        ReferencesOf(Infrastructure).Should().NotContain(name => name == "dumbkv" || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    [Test]
    public void The_web_knows_no_database()
    {
        ReferencesOf(Web).Should().NotContain(name =>
            name.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal) || name.StartsWith("Microsoft.Data", StringComparison.Ordinal)
            || name.StartsWith("Npgsql", StringComparison.Ordinal));
    }

    [Test]
    public void The_infrastructure_shows_its_options_and_its_registration_alone()
    {
        Infrastructure.GetExportedTypes()
            .Where(type => type.Namespace!.Contains(".Persistence", StringComparison.Ordinal) && !type.Namespace.Contains(".Migrations", StringComparison.Ordinal))
            .Should().BeEmpty();
    }

    private static IEnumerable<string> ReferencesOf(Assembly assembly) => assembly.GetReferencedAssemblies().Select(reference => reference.Name!);
}
