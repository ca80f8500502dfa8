using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using DumbKv.TestHarness;

namespace DumbKv.Client.Tests;

/// <summary>The package, as its user gets it.</summary>
[NonParallelizable]
public sealed partial class PackageTests
{
    private static readonly string Source = Path.Combine(Repository.Root, "clients", "DumbKv.Client");

    private readonly string _folder = Directory.CreateTempSubdirectory("dumbkv-package-").FullName;

    // The cache of the machine keeps a version for ever, so each run needs its own.
    private readonly string _version = $"0.1.0-test.{Environment.ProcessId}.{Stopwatch.GetTimestamp()}";

    [TearDown]
    public void DeleteFolder()
    {
        Directory.Delete(_folder, recursive: true);
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (var cached in new[] { Path.Combine(cache, "dumbkv.client", _version), Path.Combine(cache, "dkv", _version) }.Where(Directory.Exists))
        {
            Directory.Delete(cached, recursive: true);
        }
    }

    [Test]
    public async Task A_program_outside_the_repository_uses_the_package_as_its_README_says()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await TestServer.StartAsync(store);
        await PackAsync();
        CheckPackage();
        await MakeProgramAsync(server.Http.BaseAddress!);

        var output = await RunAsync(Path.Combine(_folder, "program"), "dotnet", "run");

        output.Should().MatchRegex(@"\Ahello\nhttp://127\.0\.0\.1:[0-9]+/#key=e1-[-0-9a-z]{34}\n\z");

        await CheckToolAsync();
    }

    /// <summary>As the workflow `release` does.</summary>
    private Task<string> PackAsync() => RunAsync(Repository.Root, Path.Combine(Repository.Root, ".github", "release.sh"), "packages", _version, _folder);

    /// <summary>dkv as a .NET tool.</summary>
    private async Task CheckToolAsync()
    {
        var tools = Path.Combine(_folder, "tools");
        await RunAsync(_folder, "dotnet", "tool", "install", "dkv", "--tool-path", tools, "--add-source", _folder, "--version", _version);

        (await RunAsync(_folder, Path.Combine(tools, "dkv"), "--version")).Should().Be(_version + "\n");
    }

    private void CheckPackage()
    {
        using var package = ZipFile.OpenRead(Path.Combine(_folder, $"DumbKv.Client.{_version}.nupkg"));
        package.Entries.Select(entry => entry.FullName).Should().Contain("README.md", "lib/net10.0/DumbKv.Client.dll", "lib/net10.0/DumbKv.Client.xml");

        using var specification = package.GetEntry("DumbKv.Client.nuspec")!.Open();
        var elements = XDocument.Load(specification).Descendants().ToLookup(element => element.Name.LocalName);
        elements["dependency"].Select(dependency => dependency.Attribute("id")!.Value).Should().Equal("Microsoft.Extensions.Http");
        elements["license"].Single().Value.Should().Be("MIT");
        elements["repository"].Single().Attribute("commit")!.Value.Should().HaveLength(40);
        File.Exists(Path.Combine(_folder, $"DumbKv.Client.{_version}.snupkg")).Should().BeTrue();
    }

    private async Task MakeProgramAsync(Uri server)
    {
        await RunAsync(_folder, "dotnet", "new", "console", "-o", "program");
        var program = Path.Combine(_folder, "program");
        await File.WriteAllTextAsync(
            Path.Combine(program, "nuget.config"), $"<configuration><packageSources><add key=\"local\" value=\"{_folder}\" /></packageSources></configuration>");

        // The first two examples. The third is a line of an ASP.NET Core program.
        var examples = CodeBlock().Matches(await File.ReadAllTextAsync(Path.Combine(Source, "README.md"))).Take(2).Select(block => block.Groups[1].Value);
        await File.WriteAllTextAsync(
            Path.Combine(program, "Program.cs"), string.Concat(examples).Replace("https://dumbkv.example.com", server.ToString().TrimEnd('/'), StringComparison.Ordinal));
        await RunAsync(program, "dotnet", "add", "package", "DumbKv.Client", "--version", _version);
    }

    private static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";

        // A server process of the build would outlive the test.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, "it wrote {0}{1}", output, await error);
        return output;
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
