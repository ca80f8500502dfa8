using k8s;
using k8s.Models;

namespace DumbKv.DeployTests;

// The parts of the operators' resources that the manifests use, as documented. An unknown field fails.

/// <summary>https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor</summary>
public sealed class ServiceMonitor : CustomResource
{
    public ServiceMonitorSpec Spec { get; set; } = new();
}

public sealed class ServiceMonitorSpec
{
    public string? JobLabel { get; set; }

    public V1LabelSelector Selector { get; set; } = new();

    public List<ServiceMonitorEndpoint> Endpoints { get; set; } = [];
}

public sealed class ServiceMonitorEndpoint
{
    public string? Port { get; set; }

    public string? Path { get; set; }

    public string? Interval { get; set; }

    public string? ScrapeTimeout { get; set; }
}

/// <summary>https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule</summary>
public sealed class PrometheusRule : CustomResource
{
    public PrometheusRuleSpec Spec { get; set; } = new();
}

public sealed class PrometheusRuleSpec
{
    public List<RuleGroup> Groups { get; set; } = [];
}

public sealed class RuleGroup
{
    public string Name { get; set; } = string.Empty;

    public string? Interval { get; set; }

    public List<Rule> Rules { get; set; } = [];
}

public sealed class Rule
{
    public string? Record { get; set; }

    public string? Alert { get; set; }

    public string Expr { get; set; } = string.Empty;

    public string? For { get; set; }

    public Dictionary<string, string> Labels { get; set; } = [];

    public Dictionary<string, string> Annotations { get; set; } = [];
}

/// <summary>https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/#clusterspec</summary>
public sealed class PostgresCluster : CustomResource
{
    public PostgresClusterSpec Spec { get; set; } = new();
}

public sealed class PostgresClusterSpec
{
    public int Instances { get; set; }

    public PostgresBootstrap Bootstrap { get; set; } = new();

    public PostgresConfiguration Postgresql { get; set; } = new();

    public PostgresAffinity Affinity { get; set; } = new();

    public PostgresStorage Storage { get; set; } = new();

    public V1ResourceRequirements? Resources { get; set; }
}

public sealed class PostgresBootstrap
{
    public PostgresInitdb Initdb { get; set; } = new();
}

public sealed class PostgresInitdb
{
    public string? Database { get; set; }

    public string? Owner { get; set; }
}

public sealed class PostgresConfiguration
{
    public PostgresSynchronous Synchronous { get; set; } = new();

    public Dictionary<string, string> Parameters { get; set; } = [];
}

public sealed class PostgresSynchronous
{
    public string? Method { get; set; }

    public int Number { get; set; }

    public string? DataDurability { get; set; }

    public bool FailoverQuorum { get; set; }
}

public sealed class PostgresAffinity
{
    public bool EnablePodAntiAffinity { get; set; }

    public string? PodAntiAffinityType { get; set; }

    public string? TopologyKey { get; set; }
}

public sealed class PostgresStorage
{
    public string? Size { get; set; }

    public string? StorageClass { get; set; }
}

public abstract class CustomResource : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = string.Empty;

    public string Kind { get; set; } = string.Empty;

    public V1ObjectMeta Metadata { get; set; } = new();
}
