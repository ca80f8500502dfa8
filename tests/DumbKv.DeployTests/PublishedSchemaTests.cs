using System.Text.RegularExpressions;

namespace DumbKv.DeployTests;

/// <summary>Checks the manifests against the schemas that Kubernetes and the operators publish: tests/kubernetes/validate.mjs.</summary>
public sealed partial class PublishedSchemaTests
{
    [OneTimeSetUp]
    public Task InstallSchemas() => Manifests.PrepareAsync("schemas");

    [Test]
    public async Task Every_overlay_is_valid_with_every_way_in_and_so_is_every_other_folder()
    {
        var texts = new List<(string Name, string Text)>();
        foreach (var folder in ManifestTests.Folders)
        {
            foreach (var wayIn in folder.StartsWith("overlays", StringComparison.Ordinal) ? Manifests.WaysIn : [null!])
            {
                texts.Add(($"{folder.Replace('/', '-')} {wayIn}", (await Manifests.RenderAsync(folder, wayIn)).Text));
            }
        }

        (await ErrorsAsync(texts)).Should().BeEmpty();
    }

    [Test]
    public async Task What_the_README_applies_to_the_cluster_is_valid()
    {
        var texts = AppliedText().Matches(await File.ReadAllTextAsync(Path.Combine(Manifests.Folder, "README.md")))
            .Select((block, index) => ($"README {index}", block.Value)).ToList();

        texts.Should().NotBeEmpty();
        (await ErrorsAsync(texts)).Should().BeEmpty();
    }

    [Test]
    public async Task Every_recipe_is_valid() =>
        (await ErrorsAsync(Directory.GetFiles(Path.Combine(Manifests.Folder, "recipes"), "*.yaml").Select(file => (Path.GetFileName(file), File.ReadAllText(file)))))
            .Should().BeEmpty();

    [TestCase("kind: Gateway", "kind: Gatewai", "no published schema has")]
    [TestCase("port: 443", "port: 443000", "/spec/listeners/1/port must be <= 65535")]
    [TestCase("gatewayClassName:", "gatewayClasName:", "/spec must have required property gatewayClassName")]
    [TestCase("numRetries: 0", "numRetrys: 0", "/spec/retry/numRetrys is an unknown field")]
    [TestCase("ingressClassName:", "ingressClasName:", "/spec/ingressClasName is an unknown field")]
    public async Task A_mistake_is_found(string correct, string wrong, string error)
    {
        var text = (await Manifests.RenderAsync("overlays/sqlite", "gateway")).Text + "---\n" + (await Manifests.RenderAsync("overlays/sqlite", "ingress")).Text;
        text.Should().Contain(correct);

        (await ErrorsAsync([("wrong", text.Replace(correct, wrong, StringComparison.Ordinal))])).Should().Contain(error);
    }

    private static async Task<string> ErrorsAsync(IEnumerable<(string Name, string Text)> texts)
    {
        var folder = Directory.CreateTempSubdirectory("dumbkv-test-");
        foreach (var (name, text) in texts)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, name), text);
        }

        var (exitCode, _, error) = await Manifests.RunAsync(
            ["node", Path.Combine(Manifests.Root, "tests", "kubernetes", "validate.mjs"), .. Directory.GetFiles(folder.FullName)]);
        folder.Delete(recursive: true);
        exitCode.Should().Be(error.Length == 0 ? 0 : 1, error);
        return error;
    }

    [GeneratedRegex(@"(?<=kubectl apply -f - <<'EOF'\n).*?(?=^EOF$)", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex AppliedText();
}
