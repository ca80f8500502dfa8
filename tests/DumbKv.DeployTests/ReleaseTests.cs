using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using DumbKv.TestHarness;

namespace DumbKv.DeployTests;

/// <summary>The version and the tags that the workflow gives an image, and the scripts of a release.</summary>
public sealed partial class ReleaseTests
{
    private static readonly string Declared =
        VersionPrefix().Match(File.ReadAllText(Path.Combine(Manifests.Root, "Directory.Build.props"))).Value;

    [Test]
    public async Task A_release_tag_gives_the_image_its_version_and_latest()
    {
        var (exitCode, output, _) = await RunAsync($"refs/tags/v{Declared}");

        exitCode.Should().Be(0);
        output.Should().Be($"image=ghcr.io/example/dumbkv\nversion={Declared}\ntags=ghcr.io/example/dumbkv:{Declared},ghcr.io/example/dumbkv:latest\n");
    }

    [Test]
    public async Task A_pre_release_is_not_latest()
    {
        var (_, output, _) = await RunAsync($"refs/tags/v{Declared}-rc.1");

        output.Should().EndWith($"\ntags=ghcr.io/example/dumbkv:{Declared}-rc.1\n");
    }

    [Test]
    public async Task Main_has_the_declared_version_with_the_commit()
    {
        var (_, output, _) = await RunAsync("refs/heads/main");

        output.Should().Contain($"\nversion={Declared}-g0123456\n").And.EndWith("\ntags=ghcr.io/example/dumbkv:main,ghcr.io/example/dumbkv:sha-0123456\n");
    }

    [TestCase("refs/tags/v99.0.0")]
    [TestCase("refs/tags/v1")]
    [TestCase("refs/tags/vnext")]
    public async Task Another_tag_stops_the_workflow_and_names_the_right_one(string reference)
    {
        var (exitCode, output, error) = await RunAsync(reference);

        exitCode.Should().Be(1);
        output.Should().BeEmpty();
        error.Should().Contain($"Use v{Declared}");
    }

    [Test]
    public async Task The_notes_of_a_release_are_its_section_of_the_changelog()
    {
        var (exitCode, output, _) = await ReleaseAsync("notes", $"{Declared}-rc.1");
        exitCode.Should().Be(0);
        output.Should().Contain("### Added").And.NotContain("\n## ");

        var (missing, nothing, error) = await ReleaseAsync("notes", "99.0.0");
        missing.Should().Be(1);
        nothing.Should().BeEmpty();
        error.Should().Be("release.sh: CHANGELOG.md has no section \"## 99.0.0\", or it is empty\n");
    }

    [Test]
    public async Task The_checksums_of_a_release_verify_every_file()
    {
        var folder = Directory.CreateTempSubdirectory("dumbkv-release-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "dkv-1.0.0-linux-x64.tar.gz"), "a");
            await File.WriteAllTextAsync(Path.Combine(folder, "DumbKv.Client.1.0.0.nupkg"), "b");
            await ReleaseAsync("checksums", folder);
            await ReleaseAsync("checksums", folder); // Repeating it does not add its own file.

            var (exitCode, output, error) = await Manifests.RunAsync("sh", "-c", $"cd '{folder}' && sha256sum --check --strict SHA256SUMS");

            exitCode.Should().Be(0, error);
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().BeEquivalentTo("dkv-1.0.0-linux-x64.tar.gz: OK", "DumbKv.Client.1.0.0.nupkg: OK");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task The_archive_of_a_release_has_a_binary_of_its_version()
    {
        Assume.That(Rounds.AreLong, "compiling takes a minute; ./test.sh --long does");
        var folder = Directory.CreateTempSubdirectory("dumbkv-release-").FullName;
        try
        {
            var name = $"dkv-{Declared}-rc.1-{RuntimeInformation.RuntimeIdentifier}";
            var (built, _, fault) = await ReleaseAsync("binary", $"{Declared}-rc.1", RuntimeInformation.RuntimeIdentifier, folder);
            built.Should().Be(0, fault);

            var (_, output, _) = await Manifests.RunAsync("sh", "-c", $"cd '{folder}' && tar -xf {name}.tar.gz && ls {name} && {name}/dkv --version");

            output.Should().Be($"LICENSE\ndkv\n{Declared}-rc.1\n");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<(int ExitCode, string Output, string Error)> ReleaseAsync(params string[] arguments) =>
        Manifests.RunAsync([Path.Combine(Manifests.Root, ".github", "release.sh"), .. arguments]);

    private static Task<(int ExitCode, string Output, string Error)> RunAsync(string reference) => Manifests.RunAsync(
        Path.Combine(Manifests.Root, ".github", "image-version.sh"), "ghcr.io/Example/DumbKV", reference, "0123456789abcdef");

    [GeneratedRegex("(?<=<VersionPrefix>)[^<]+")]
    private static partial Regex VersionPrefix();
}
