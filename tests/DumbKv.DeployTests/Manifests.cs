using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using YamlDotNet.Serialization;

namespace DumbKv.DeployTests;

/// <summary>The manifests as kubectl renders them. Unknown fields and warnings of kubectl fail.</summary>
public sealed partial class Manifests
{
    private static readonly Dictionary<string, Type> CustomTypes = new()
    {
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
        ["postgresql.cnpg.io/v1/Cluster"] = typeof(PostgresCluster),
    };

    private static readonly ConcurrentDictionary<(string Folder, string? WayIn), Task<Manifests>> Rendered = new();

    private static readonly Lazy<Task<string>> Kubectl = new(() => PrepareAsync("kubectl"));

    private static readonly IDeserializer Yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();

    private static readonly ISerializer Json = new SerializerBuilder().JsonCompatible().Build();

    private readonly List<object> _all = [];

    private Manifests(string text)
    {
        Text = text;
        foreach (var document in DocumentSeparator().Split(text))
        {
            // Kinds without a type are validated by PublishedSchemaTests only.
            var node = ToNode(document);
            var kind = $"{node["apiVersion"]}/{node["kind"]}";
            if (CustomTypes.ContainsKey(kind) || !OperatorGroup().IsMatch(kind))
            {
                _all.AddRange(KubernetesYaml.LoadAllFromString(document, CustomTypes, strict: true));
            }
            else
            {
                _all.Add(node);
            }
        }
    }

    public static string Root { get; } = FindRoot();

    public static string Folder { get; } = Path.Combine(Root, "deploy", "k8s");

    /// <summary>The output of kubectl.</summary>
    public string Text { get; }

    public int Count => _all.Count;

    /// <summary>The objects of a file that kubectl does not render.</summary>
    public static IReadOnlyList<JsonNode> Parse(string text) => [.. DocumentSeparator().Split(text).Select(ToNode)];

    /// <summary>The ways in, one of which each overlay has.</summary>
    public static IReadOnlyList<string> WaysIn { get; } = [.. Directory.EnumerateDirectories(Path.Combine(Folder, "components")).Select(folder => Path.GetFileName(folder)!)];

    /// <summary>Rendered once for all tests.</summary>
    /// <param name="folder">The folder below deploy/k8s.</param>
    /// <param name="wayIn">The component that replaces the Ingress of an overlay.</param>
    public static Task<Manifests> RenderAsync(string folder, string? wayIn = null) => Rendered.GetOrAdd((folder, wayIn), key => RunKubectlAsync(key.Folder, key.WayIn));

    /// <summary>The settings in its ConfigMap.</summary>
    public IDictionary<string, string> Settings => SettingsMap.Data;

    public V1ConfigMap SettingsMap => All<V1ConfigMap>().Single(map => map.Metadata.Name.StartsWith("dumbkv-settings", StringComparison.Ordinal));

    public T One<T>() => All<T>().Should().ContainSingle(typeof(T).Name).Subject;

    public IEnumerable<T> All<T>() => _all.OfType<T>();

    /// <summary>The objects of a kind that has no type here.</summary>
    public IEnumerable<JsonNode> All(string kind) => All<JsonNode>().Where(node => node["kind"]!.GetValue<string>() == kind);

    public JsonNode One(string kind) => All(kind).Should().ContainSingle(kind).Subject;

    /// <summary>The pods of deployments and of jobs.</summary>
    public IEnumerable<V1PodSpec> Pods() => [
        .. All<V1Deployment>().Select(deployment => deployment.Spec.Template.Spec),
        .. All<V1Job>().Select(job => job.Spec.Template.Spec),
        .. All<V1CronJob>().Select(job => job.Spec.JobTemplate.Spec.Template.Spec)];

    private static async Task<Manifests> RunKubectlAsync(string folder, string? wayIn)
    {
        if (wayIn is null)
        {
            return new Manifests(await BuildAsync(Path.Combine(Folder, folder)));
        }

        // As README.md says: the overlay names another component.
        var copy = Directory.CreateTempSubdirectory("dumbkv-test-");
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy.FullName, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(copy.FullName, "overlays"), "kustomization.yaml", SearchOption.AllDirectories))
        {
            await File.WriteAllTextAsync(file, ChosenWayIn().Replace(await File.ReadAllTextAsync(file), wayIn));
        }

        var text = await BuildAsync(Path.Combine(copy.FullName, folder));
        copy.Delete(recursive: true);
        return new Manifests(text);
    }

    private static JsonNode ToNode(string document) => JsonNode.Parse(Json.Serialize(Yaml.Deserialize<object>(document)))!;

    private static async Task<string> BuildAsync(string folder)
    {
        var (exitCode, output, error) = await RunAsync(await Kubectl.Value, "kustomize", folder);
        error.Should().BeEmpty("kubectl warns of nothing");
        exitCode.Should().Be(0);
        return output;
    }

    /// <summary>Brings a tool, and returns what tests/kubernetes/prepare.sh prints.</summary>
    internal static async Task<string> PrepareAsync(string what)
    {
        var (exitCode, output, error) = await RunAsync(Path.Combine(Root, "tests", "kubernetes", "prepare.sh"), what);
        exitCode.Should().Be(0, error);
        return output.Trim();
    }

    internal static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DumbKv.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run inside the repository.");
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"^---\n", RegexOptions.Multiline)]
    private static partial Regex DocumentSeparator();

    // Kubernetes' own groups have no dot or end in .k8s.io. The Gateway API is installed like an operator.
    [GeneratedRegex(@"^(gateway\.networking\.k8s\.io|[^/]+\.[^/]+(?<!\.k8s\.io))/v")]
    private static partial Regex OperatorGroup();

    [GeneratedRegex("(?<=^  - ../../components/)[a-z]+$", RegexOptions.Multiline)]
    private static partial Regex ChosenWayIn();
}
