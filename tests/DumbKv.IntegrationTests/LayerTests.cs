using System.Reflection;
using ArchUnitNET.Fluent.Slices;
using ArchUnitNET.Loader;
using DumbKv.Application;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure;
using DumbKv.TestHarness;
using DumbKv.Web;
using Architecture = ArchUnitNET.Domain.Architecture;

namespace DumbKv.IntegrationTests;

/// <summary>The dependencies between projects, and between the folders of a project. A folder is a namespace.</summary>
public sealed class LayerTests
{
    private static readonly Assembly Domain = typeof(Entry).Assembly;
    private static readonly Assembly Application = typeof(IEntryStore).Assembly;
    private static readonly Assembly Infrastructure = typeof(DatabaseOptions).Assembly;
    private static readonly Assembly Web = typeof(Server).Assembly;

    [Test]
    public void The_domain_uses_only_the_base_library()
    {
        ReferencesOf(Domain).Should().OnlyContain(name => name.StartsWith("System.", StringComparison.Ordinal));
    }

    [Test]
    public void The_application_depends_neither_on_the_database_nor_on_the_web()
    {
        ReferencesOf(Application).Should().OnlyContain(name =>
            name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) || name == "DumbKv.Domain");
    }

    [Test]
    public void The_infrastructure_does_not_depend_on_the_web()
    {
        ReferencesOf(Infrastructure).Should().NotContain(name => name == "dumbkv" || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    [Test]
    public void The_web_does_not_depend_on_a_database()
    {
        ReferencesOf(Web).Should().NotContain(name =>
            name.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal) || name.StartsWith("Microsoft.Data", StringComparison.Ordinal)
            || name.StartsWith("Npgsql", StringComparison.Ordinal));
    }

    [Test]
    public void The_infrastructure_exposes_only_its_options_and_its_registration()
    {
        Infrastructure.GetExportedTypes()
            .Where(type => type.Namespace!.Contains(".Storage", StringComparison.Ordinal) && !type.Namespace.Contains(".Migrations", StringComparison.Ordinal))
            .Should().BeEmpty();
    }

    [TestCase("DumbKv.Domain")]
    [TestCase("DumbKv.Application")]
    [TestCase("DumbKv.Infrastructure")]
    [TestCase("DumbKv.Web")]
    public void The_folders_of_a_project_have_no_cyclic_dependencies(string project)
    {
        var folders = SliceRuleDefinition.Slices().Matching($"{project}.(**)");

        var cycles = folders.Should().BeFreeOfCycles().Evaluate(Code.Value).Where(result => !result.Passed).Select(result => result.Description);

        cycles.Should().BeEmpty();
    }

    /// <summary>SQL that names one column of the table names all of them, so expires_at represents the others.</summary>
    [Test]
    public void One_file_maps_the_columns_of_an_entry()
    {
        var folder = Path.Combine(Repository.Root, "src", "DumbKv.Infrastructure");

        var files = Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/Migrations/", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal))
            .Where(file => File.ReadLines(file).Any(line => line.Contains("expires_at", StringComparison.Ordinal) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))
            .Select(Path.GetFileName);

        files.Should().Equal("EntrySql.cs");
    }

    private static readonly Lazy<Architecture> Code = new(() => new ArchLoader().LoadAssemblies(Domain, Application, Infrastructure, Web).Build());

    private static IEnumerable<string> ReferencesOf(Assembly assembly) => assembly.GetReferencedAssemblies().Select(reference => reference.Name!);
}
