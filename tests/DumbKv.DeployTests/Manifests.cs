using System.Collections.Concurrent;
using System.Diagnostics;
using k8s;
using k8s.Models;

namespace DumbKv.DeployTests;

/// <summary>The manifests as kubectl renders them. An unknown field fails.</summary>
public sealed class Manifests
{
    private static readonly Dictionary<string, Type> CustomTypes = new()
    {
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
        ["postgresql.cnpg.io/v1/Cluster"] = typeof(PostgresCluster),
    };

    private static readonly ConcurrentDictionary<string, Task<Manifests>> Rendered = new();

    private readonly List<object> _all;

    private Manifests(string text)
    {
        Text = text;
        _all = KubernetesYaml.LoadAllFromString(text, CustomTypes, strict: true);
    }

    public static string Root { get; } = FindRoot();

    public static string Folder { get; } = Path.Combine(Root, "deploy", "k8s");

    /// <summary>The output of kubectl.</summary>
    public string Text { get; }

    public int Count => _all.Count;

    /// <summary>Rendered once for all tests.</summary>
    public static Task<Manifests> RenderAsync(string folder) => Rendered.GetOrAdd(folder, RunKubectlAsync);

    /// <summary>The settings in its ConfigMap.</summary>
    public IDictionary<string, string> Settings => SettingsMap.Data;

    public V1ConfigMap SettingsMap => All<V1ConfigMap>().Single(map => map.Metadata.Name.StartsWith("dumbkv-settings", StringComparison.Ordinal));

    public T One<T>() => All<T>().Should().ContainSingle(typeof(T).Name).Subject;

    public IEnumerable<T> All<T>() => _all.OfType<T>();

    /// <summary>The pods of deployments and of jobs.</summary>
    public IEnumerable<V1PodSpec> Pods() => [
        .. All<V1Deployment>().Select(deployment => deployment.Spec.Template.Spec),
        .. All<V1Job>().Select(job => job.Spec.Template.Spec),
        .. All<V1CronJob>().Select(job => job.Spec.JobTemplate.Spec.Template.Spec)];

    private static async Task<Manifests> RunKubectlAsync(string folder)
    {
        var (exitCode, output, error) = await RunAsync("kubectl", "kustomize", Path.Combine(Folder, folder));
        exitCode.Should().Be(0, error);
        return new Manifests(output);
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
}
