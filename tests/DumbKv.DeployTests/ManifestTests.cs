using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using k8s.Models;

namespace DumbKv.DeployTests;

public sealed partial class ManifestTests
{
    /// <summary>Found by search, so that a new one is tested too.</summary>
    internal static readonly string[] Overlays = [.. Directory.EnumerateDirectories(Path.Combine(Manifests.Folder, "overlays")).Select(folder => $"overlays/{Path.GetFileName(folder)}")];

    private static IEnumerable<TestCaseData> Combinations => Overlays.SelectMany(_ => Manifests.WaysIn, (overlay, wayIn) => new TestCaseData(overlay, wayIn));

    /// <summary>All folders that can be applied, found by search so that a new one is tested too.</summary>
    internal static IEnumerable<string> Folders => Directory
        .EnumerateFiles(Manifests.Folder, "kustomization.yaml", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Manifests.Folder, Path.GetDirectoryName(file)!))
        .Where(folder => Path.GetDirectoryName(folder) != "components");

    [TestCaseSource(nameof(Folders))]
    public async Task Everything_renders_and_Kubernetes_knows_every_field(string folder) =>
        (await Manifests.RenderAsync(folder)).Count.Should().BePositive();

    [TestCaseSource(nameof(Combinations))]
    public async Task Only_the_chosen_way_in_can_reach_the_server(string overlay, string wayIn)
    {
        var manifests = await Manifests.RenderAsync(overlay, wayIn);

        manifests.All<V1Ingress>().Should().HaveCount(wayIn == "ingress" ? 1 : 0);
        manifests.All("Gateway").Should().HaveCount(wayIn == "gateway" ? 1 : 0);
        OpenTo(manifests, "http").Should().Equal(wayIn == "ingress" ? "traefik" : "envoy-gateway-system");
        OpenTo(manifests, "metrics").Should().Equal("monitoring");
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task Names_and_ports_match_from_the_Ingress_to_the_server(string overlay)
    {
        var manifests = await Manifests.RenderAsync(overlay, "ingress");
        var ingress = manifests.One<V1Ingress>();

        var rule = ingress.Spec.Rules.Should().ContainSingle().Subject;
        rule.Host.Should().Be("dumbkv.example.com").And.Be(manifests.Settings["ALLOWED_HOSTS"]);
        var tls = ingress.Spec.Tls.Should().ContainSingle().Subject;
        tls.Hosts.Should().Equal(rule.Host);
        tls.SecretName.Should().Be("dumbkv-tls");
        ingress.Metadata.Annotations["cert-manager.io/cluster-issuer"].Should().Be("letsencrypt");
        ingress.Spec.IngressClassName.Should().Be("traefik");
        ingress.Metadata.Annotations["traefik.ingress.kubernetes.io/router.entrypoints"].Should().Be("websecure", "plain http would show keys and values");
        var path = rule.Http.Paths.Should().ContainSingle().Subject;
        (path.Path, path.PathType).Should().Be(("/", "Prefix"));
        path.Backend.Service.Name.Should().Be(manifests.One<V1Service>().Metadata.Name);
        path.Backend.Service.Port.Name.Should().Be("http", "the port of the metrics is not for everybody");
        CheckPortOfServer(manifests);
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task Names_and_ports_match_from_the_Gateway_to_the_server(string overlay)
    {
        var manifests = await Manifests.RenderAsync(overlay, "gateway");
        var gateway = manifests.One("Gateway");
        var listeners = gateway["spec"]!["listeners"]!.AsArray().ToDictionary(listener => listener!["name"]!.GetValue<string>(), listener => listener!);
        var routes = manifests.All("HTTPRoute").ToDictionary(route => route["spec"]!["parentRefs"]![0]!["sectionName"]!.GetValue<string>(), route => route);

        gateway["metadata"]!["annotations"]!["cert-manager.io/cluster-issuer"]!.GetValue<string>().Should().Be("letsencrypt");
        gateway["spec"]!["gatewayClassName"]!.GetValue<string>().Should().Be("envoy");
        listeners.Select(listener => (listener.Key, (int)listener.Value["port"]!, (string)listener.Value["protocol"]!)).Should().Equal(
            [("http", 80, "HTTP"), ("https", 443, "HTTPS")], "cert-manager answers challenges on port 80");
        ((string?)listeners["https"]["tls"]!["certificateRefs"]![0]!["name"]).Should().Be("dumbkv-tls");
        listeners.Values.Select(listener => (string?)listener["hostname"])
            .Concat(routes.Values.SelectMany(route => route["spec"]!["hostnames"]!.AsArray().Select(host => (string?)host)))
            .Should().HaveCount(4).And.OnlyContain(host => host == "dumbkv.example.com" && host == manifests.Settings["ALLOWED_HOSTS"]);

        routes.Values.Should().OnlyContain(route => (string)route["spec"]!["parentRefs"]![0]!["name"]! == (string)gateway["metadata"]!["name"]!);
        var rule = routes["https"]["spec"]!["rules"]!.AsArray().Should().ContainSingle().Subject!;
        ((string?)rule["matches"]![0]!["path"]!["type"], (string?)rule["matches"]![0]!["path"]!["value"]).Should().Be(("PathPrefix", "/"));
        var service = manifests.One<V1Service>();
        ((string?)rule["backendRefs"]![0]!["name"], (int)rule["backendRefs"]![0]!["port"]!)
            .Should().Be((service.Metadata.Name, service.Spec.Ports.Single(port => port.Name == "http").Port));
        rule["filters"]!.AsArray().Should().ContainSingle().Which!["requestHeaderModifier"]!["remove"]!.AsArray().Select(name => (string?)name)
            .Should().Equal(["X-Forwarded-Host"], "the server uses the host of a trusted proxy, and Envoy forwards that of a client");
        var redirect = routes["http"]["spec"]!["rules"]!.AsArray().Should().ContainSingle().Subject!;
        redirect["backendRefs"].Should().BeNull("plain http would show keys and values");
        ((string?)redirect["filters"]![0]!["requestRedirect"]!["scheme"]).Should().Be("https");
        CheckPortOfServer(manifests);
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task The_Gateway_repeats_no_request_and_closes_idle_connections_before_the_server(string overlay)
    {
        var manifests = await Manifests.RenderAsync(overlay, "gateway");
        var backend = manifests.One("BackendTrafficPolicy")["spec"]!;
        var client = manifests.One("ClientTrafficPolicy")["spec"]!;

        manifests.All("HTTPRoute").SelectMany(route => route["spec"]!["rules"]!.AsArray()).Should().OnlyContain(rule => rule!["retry"] == null);
        ((int)backend["retry"]!["numRetries"]!).Should().Be(0);
        ((string?)backend["timeout"]!["http"]!["connectionIdleTimeout"]).Should().Be("60s", "the server closes them after 75 seconds");
        manifests.All("HTTPRoute").Select(route => (string?)route["metadata"]!["name"]).Should().Contain((string?)backend["targetRefs"]![0]!["name"]);
        ((string?)client["targetRefs"]![0]!["name"]).Should().Be((string?)manifests.One("Gateway")["metadata"]!["name"]);
        client["clientIPDetection"].Should().BeNull("it turns off that Envoy appends the address of the client and overwrites X-Forwarded-Proto");
    }

    [TestCaseSource(nameof(Combinations))]
    public async Task The_parameters_of_a_way_in_are_in_one_place(string overlay, string wayIn)
    {
        var manifests = await Manifests.RenderAsync(overlay, wayIn);

        manifests.All<V1ConfigMap>().Should().NotContain(map => map.Metadata.Name == $"dumbkv-{wayIn}", "kubectl does not apply the parameters");
        (await File.ReadAllTextAsync(Path.Combine(Manifests.Folder, "README.md"))).Should().Contain($"components/{wayIn}/kustomization.yaml");
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task Metrics_have_their_own_port(string overlay)
    {
        var manifests = await Manifests.RenderAsync(overlay);
        var service = manifests.One<V1Service>();
        var monitor = manifests.One<ServiceMonitor>();

        service.Metadata.Labels.Should().Contain(monitor.Spec.Selector.MatchLabels);
        service.Metadata.Labels[monitor.Spec.JobLabel!].Should().Be("dumbkv", "the rules and the dashboard query this job");
        var endpoint = monitor.Spec.Endpoints.Should().ContainSingle().Subject;
        (endpoint.Path, endpoint.Interval, endpoint.ScrapeTimeout).Should().Be(("/metrics", "30s", "10s"));
        endpoint.Port.Should().Be("metrics");
        manifests.Settings["METRICS_PORT"].Should().Be($"{PortOfContainer(manifests, endpoint.Port!).ContainerPort}");
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task A_client_behind_the_way_in_is_seen_with_its_own_address(string overlay)
    {
        var proxies = (await Manifests.RenderAsync(overlay)).Settings["TRUSTED_PROXIES"].Split(',').Select(IPNetwork.Parse).ToList();

        proxies.Should().Contain(network => network.Contains(IPAddress.Parse("10.244.1.7")), "pods have such addresses");
        proxies.Should().NotContain(network => network.Contains(IPAddress.Parse("203.0.113.7")) || network.Contains(IPAddress.Parse("2001:db8::7")), "clients have such addresses");
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task The_probes_query_the_right_health_endpoints(string overlay)
    {
        var container = (await Manifests.RenderAsync(overlay)).One<V1Deployment>().Spec.Template.Spec.Containers.Single();

        container.StartupProbe.HttpGet.Path.Should().Be("/health/live", "an upgrade may take longer than any start");
        (container.StartupProbe.PeriodSeconds, container.StartupProbe.FailureThreshold).Should().Be((2, 60));
        container.LivenessProbe.HttpGet.Path.Should().Be("/health/live", "a restart does not help if the database is unavailable");
        (container.LivenessProbe.PeriodSeconds ?? 10, container.LivenessProbe.FailureThreshold ?? 3).Should().Be((10, 3));
        container.ReadinessProbe.HttpGet.Path.Should().Be("/health/ready");
        (container.ReadinessProbe.PeriodSeconds, container.ReadinessProbe.FailureThreshold ?? 3).Should().Be((5, 3));
        new[] { container.StartupProbe, container.LivenessProbe, container.ReadinessProbe }
            .Should().OnlyContain(probe => probe.HttpGet.Port.Value == "metrics", "a flood of the other port must not reach the probes");
    }

    [Test]
    public async Task A_SQLite_store_never_has_two_servers_and_is_in_dumbkvstore_on_efs()
    {
        var manifests = await Manifests.RenderAsync("overlays/sqlite");
        var deployment = manifests.One<V1Deployment>();
        var pod = deployment.Spec.Template.Spec;
        var claim = Claim(manifests, "dumbkv");

        deployment.Spec.Replicas.Should().Be(1);
        (await Manifests.RenderAsync("overlays/sqlite-litestream")).One<V1Deployment>().Spec.Should().BeEquivalentTo(
            new { Replicas = 1, Strategy = new { Type = "Recreate" } }, "neither has the one with Litestream");
        deployment.Spec.Strategy.Type.Should().Be("Recreate");
        deployment.Spec.Strategy.RollingUpdate.Should().BeNull();
        manifests.All<V2HorizontalPodAutoscaler>().Should().BeEmpty();
        manifests.All<V1PodDisruptionBudget>().Should().BeEmpty("it would block every drain");
        claim.Spec.StorageClassName.Should().Be("efs");
        var mount = pod.Containers.Single().VolumeMounts.Single(mount => mount.Name == "data");
        mount.MountPath.Should().Be("/data/dumbkvstore");
        pod.Volumes.Single(volume => volume.Name == mount.Name).PersistentVolumeClaim.ClaimName.Should().Be(claim.Metadata.Name);
        manifests.Settings["DATABASE_LOCATION"].Should().Be("/data/dumbkvstore/dumbkv.db");
    }

    [Test]
    public async Task The_backup_goes_from_the_servers_claim_on_its_node_to_a_claim_of_its_own()
    {
        var manifests = await Manifests.RenderAsync("overlays/sqlite");
        var pod = CronJob(manifests, "dumbkv-backup").Spec.JobTemplate.Spec.Template.Spec;

        CronJob(manifests, "dumbkv-backup").Spec.Suspend.Should().BeFalse("an apply resumes a backup that was suspended for a restore, and an absent field would not");
        pod.Containers.Single().Args.Should().Equal("backup", "--keep", "14", MountOf(pod, "dumbkv-backup").MountPath);
        MountOf(pod, "dumbkv").MountPath.Should().Be("/data/dumbkvstore");
        Claim(manifests, "dumbkv-backup").Spec.StorageClassName.Should().NotBe(Claim(manifests, "dumbkv").Spec.StorageClassName, "a lost file system must not take the backups along");
        var near = pod.Affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution.Should().ContainSingle().Subject;
        near.TopologyKey.Should().Be("kubernetes.io/hostname");
        manifests.One<V1Deployment>().Spec.Template.Metadata.Labels.Should().Contain(near.LabelSelector.MatchLabels);
    }

    [TestCase("dumbkv-restore", "restore", "$(BACKUP)")]
    [TestCase("dumbkv-copy-to-postgres", "copy", "$(DATABASE_LOCATION)")]
    public async Task A_Job_that_is_created_by_hand_uses_the_servers_store(string name, string command, string argument)
    {
        var manifests = await Manifests.RenderAsync("overlays/sqlite");
        var template = CronJob(manifests, name);
        var pod = template.Spec.JobTemplate.Spec.Template.Spec;
        var container = pod.Containers.Single();

        template.Spec.Suspend.Should().BeTrue("it runs only when a Job is created by hand");
        container.Args[0].Should().Be(command);
        container.Args.Should().Contain(argument).And.NotContain(text => text.Contains(".db", StringComparison.Ordinal));
        container.EnvFrom.Should().ContainSingle().Which.ConfigMapRef.Name.Should().Be(manifests.SettingsMap.Metadata.Name);
        MountOf(pod, "dumbkv").MountPath.Should().Be("/data/dumbkvstore");
        pod.Affinity.Should().BeNull("no server runs at that time");
    }

    [Test]
    public async Task A_restore_reads_the_claim_of_the_backups()
    {
        var pod = CronJob(await Manifests.RenderAsync("overlays/sqlite"), "dumbkv-restore").Spec.JobTemplate.Spec.Template.Spec;

        var mount = MountOf(pod, "dumbkv-backup");
        (mount.MountPath, mount.ReadOnlyProperty).Should().Be(("/backup", true));
    }

    [Test]
    public async Task Replicas_on_PostgreSQL_are_replaced_one_at_a_time()
    {
        var manifests = await Manifests.RenderAsync("overlays/postgres");
        var deployment = manifests.One<V1Deployment>();
        var scaler = manifests.One<V2HorizontalPodAutoscaler>();

        deployment.Spec.Replicas.Should().BeNull("the autoscaler sets it, and each apply would reset it");
        deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.Value.Should().Be("0");
        manifests.One<V1PodDisruptionBudget>().Spec.MaxUnavailable.Value.Should().Be("1");
        (scaler.Spec.MinReplicas, scaler.Spec.MaxReplicas).Should().Be((3, 4), "each holds up to 20 of PostgreSQL's 100 connections");
        scaler.Spec.ScaleTargetRef.Name.Should().Be(deployment.Metadata.Name);
        deployment.Spec.Template.Spec.TopologySpreadConstraints.Should().NotBeEmpty();
    }

    [Test]
    public async Task The_address_of_PostgreSQL_comes_from_a_Secret()
    {
        var manifests = await Manifests.RenderAsync("overlays/postgres");
        var location = manifests.One<V1Deployment>().Spec.Template.Spec.Containers.Single().Env.Single(variable => variable.Name == "DATABASE_LOCATION");

        location.Value.Should().BeNull();
        location.ValueFrom.SecretKeyRef.Key.Should().Be("DATABASE_LOCATION");
        manifests.Settings["DATABASE_TYPE"].Should().Be("postgres");
        manifests.Settings.Should().NotContainKey("DATABASE_LOCATION");
    }

    [Test]
    public async Task Litestream_starts_before_the_server_and_is_the_only_one_that_checkpoints_a_volume_for_one_pod()
    {
        var manifests = await Manifests.RenderAsync("overlays/sqlite-litestream");
        var containers = manifests.One<V1Deployment>().Spec.Template.Spec.InitContainers;
        var claim = manifests.One<V1PersistentVolumeClaim>();

        containers.Select(container => $"{container.Args[0]} {container.RestartPolicy}").Should().Equal("restore ", "replicate Always");
        containers.Should().OnlyContain(container => container.VolumeMounts.Any(mount => mount.MountPath == "/data/dumbkvstore"));
        manifests.Settings["SQLITE_CHECKPOINTS"].Should().Be("off");
        claim.Spec.AccessModes.Should().Equal("ReadWriteOncePod");
        claim.Spec.StorageClassName.Should().BeNull("EFS has no write-ahead log");
        manifests.All<V1CronJob>().Select(job => job.Metadata.Name).Should().Equal("dumbkv-copy-to-postgres");
        var metrics = containers[1].Ports.Should().ContainSingle().Subject;
        metrics.Name.Should().Be((string?)manifests.One("PodMonitor")["spec"]!["podMetricsEndpoints"]![0]!["port"]);
        OpenTo(manifests, $"{metrics.ContainerPort}").Should().Equal(["monitoring"], "not every network plugin knows the name of a sidecar's port");
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task Only_the_overlay_with_Litestream_expects_its_metrics(string overlay) =>
        (await Manifests.RenderAsync(overlay)).All<PrometheusRule>().SelectMany(rule => rule.Spec.Groups).SelectMany(group => group.Rules)
            .Count(rule => rule.Alert == "DumbKvReplicationMissing").Should().Be(overlay.EndsWith("-litestream", StringComparison.Ordinal) ? 1 : 0);

    [Test]
    public async Task The_certificate_of_PostgreSQL_is_verified_with_the_CA_that_the_pods_mount()
    {
        var server = (await Manifests.RenderAsync("overlays/postgres")).One<V1Deployment>().Spec.Template.Spec;
        var copy = CronJob(await Manifests.RenderAsync("overlays/sqlite"), "dumbkv-copy-to-postgres").Spec.JobTemplate.Spec.Template.Spec;
        const string parameters = "sslmode=verify-full&sslrootcert=/etc/dumbkv/database-ca/ca.crt";

        foreach (var pod in new[] { server, copy })
        {
            var volume = pod.Volumes.Single(volume => volume.Secret?.SecretName == "dumbkv-db-ca");
            volume.Secret.Items.Select(item => item.Path).Should().Equal(["ca.crt"], "the Secret has the private key of the CA too");
            volume.Secret.Optional.Should().BeTrue("the CAs of the system are enough for some managed databases");
            pod.Containers.Single().VolumeMounts.Single(mount => mount.Name == volume.Name).MountPath.Should().Be("/etc/dumbkv/database-ca");
        }

        copy.Containers.Single().Args.Should().Contain(argument => argument.EndsWith($"?{parameters}", StringComparison.Ordinal));
        (await File.ReadAllTextAsync(Path.Combine(Manifests.Folder, "README.md"))).Should().Contain($"?{parameters}'");
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task The_tokens_come_from_a_Secret_whose_changes_reach_the_running_pod(string overlay)
    {
        var pod = (await Manifests.RenderAsync(overlay)).One<V1Deployment>().Spec.Template.Spec;
        var volume = pod.Volumes.Single(volume => volume.Name == "tokens");
        var mount = pod.Containers.Single().VolumeMounts.Single(mount => mount.Name == volume.Name);

        (volume.Secret.SecretName, volume.Secret.Optional).Should().Be(("dumbkv-tokens", true), "a server without tokens needs no Secret");
        volume.Secret.Items.Should().BeNullOrEmpty();
        (mount.MountPath, mount.ReadOnlyProperty).Should().Be(("/etc/dumbkv/tokens", true));
        (mount.SubPath ?? mount.SubPathExpr).Should().BeNull("Kubernetes does not update such a mount");
        (await File.ReadAllTextAsync(Path.Combine(Manifests.Folder, "README.md"))).Should().Contain($"TOKENS_FILE={mount.MountPath}/tokens.json");
    }

    [Test]
    public async Task The_PostgreSQL_cluster_confirms_a_write_only_after_a_standby_has_it()
    {
        var synchronous = (await Manifests.RenderAsync("postgres-cluster")).One<PostgresCluster>().Spec.Postgresql.Synchronous;

        (synchronous.Number, synchronous.DataDurability).Should().Be((1, "required"));
    }

    [TestCaseSource(nameof(Folders))]
    public async Task No_manifest_holds_a_secret(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);

        manifests.All<V1Secret>().Should().BeEmpty();
        manifests.Text.Should().NotMatchRegex("postgres(ql)?://[^ ]*:[^ ]*@");
        manifests.Pods().SelectMany(pod => pod.Containers).SelectMany(container => container.Env ?? [])
            .Where(variable => variable.Name.Contains("PEPPER", StringComparison.Ordinal) || variable.Name.Contains("PASSWORD", StringComparison.Ordinal))
            .Should().NotContain(variable => variable.Value != null);
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task The_namespace_is_restricted_and_the_server_has_time_to_stop(string overlay)
    {
        var manifests = await Manifests.RenderAsync(overlay);

        manifests.One<V1Namespace>().Metadata.Labels["pod-security.kubernetes.io/enforce"].Should().Be("restricted");
        manifests.One<V1ServiceAccount>().AutomountServiceAccountToken.Should().BeFalse();
        manifests.One<V1Deployment>().Spec.Template.Spec.TerminationGracePeriodSeconds.Should().Be(45, "draining and the requests in progress take up to 35 s");
    }

    [TestCaseSource(nameof(Folders))]
    public async Task Pods_have_no_more_privileges_than_they_need(string folder)
    {
        foreach (var pod in (await Manifests.RenderAsync(folder)).Pods())
        {
            pod.AutomountServiceAccountToken.Should().BeFalse();
            pod.SecurityContext.RunAsNonRoot.Should().BeTrue();
            (pod.SecurityContext.RunAsUser, pod.SecurityContext.RunAsGroup, pod.SecurityContext.FsGroup).Should().Be((1654, 1654, 1654));
            pod.SecurityContext.SeccompProfile.Type.Should().Be("RuntimeDefault");
            foreach (var container in pod.Containers.Concat(pod.InitContainers ?? []))
            {
                container.SecurityContext.AllowPrivilegeEscalation.Should().BeFalse();
                container.SecurityContext.ReadOnlyRootFilesystem.Should().BeTrue();
                container.SecurityContext.Capabilities.Drop.Should().Equal("ALL");
                container.Resources.Limits.Should().ContainKey("memory");
                container.Resources.Requests.Should().ContainKeys("cpu", "memory");
            }
        }
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task The_server_knows_every_setting(string overlay)
    {
        var known = SettingName().Matches(await File.ReadAllTextAsync(Path.Combine(Manifests.Root, "docs", "settings.md"))).Select(match => match.Value).ToHashSet();
        var manifests = await Manifests.RenderAsync(overlay);

        manifests.Settings.Keys.Should().BeSubsetOf(known);
        manifests.One<V1Deployment>().Spec.Template.Spec.Containers.Single().EnvFrom.Should().ContainSingle()
            .Which.ConfigMapRef.Name.Should().Be(manifests.SettingsMap.Metadata.Name);
    }

    [TestCase("overlays/sqlite", "dumbkv.db")]
    [TestCase("overlays/postgres", "postgres://nobody@127.0.0.1:1/none")]
    public async Task The_server_starts_with_the_settings_of_the_ConfigMap(string overlay, string location)
    {
        var folder = Directory.CreateTempSubdirectory("dumbkv-test-");
        await using (var server = (await DeployedServer.LaunchAsync(overlay, folder.FullName, location)).Server)
        {
            (await server.Http.GetAsync("/health/live")).StatusCode.Should().Be(HttpStatusCode.OK);
        }

        folder.Delete(recursive: true);
    }

    [TestCaseSource(nameof(Overlays))]
    public async Task A_store_refuses_values_before_its_volume_is_full(string overlay)
    {
        var manifests = await Manifests.RenderAsync(overlay);
        var volume = manifests.All<V1PersistentVolumeClaim>().SingleOrDefault(claim => claim.Metadata.Name == "dumbkv")?.Spec.Resources.Requests["storage"]
            ?? new ResourceQuantity((await Manifests.RenderAsync("postgres-cluster")).One<PostgresCluster>().Spec.Storage.Size!);

        long.Parse(manifests.Settings["MAX_STORE_BYTES"], CultureInfo.InvariantCulture).Should().BeLessThanOrEqualTo(volume.ToInt64());
    }

    [Test]
    public async Task All_manifests_name_the_same_owner_and_version()
    {
        var owners = new HashSet<string>();
        var tags = new HashSet<string>();
        foreach (var folder in Folders.Where(folder => folder != "base"))
        {
            var manifests = await Manifests.RenderAsync(folder);
            foreach (var image in manifests.Pods().SelectMany(pod => pod.Containers).Select(container => ImageName().Match(container.Image)))
            {
                owners.Add(image.Groups["owner"].Value);
                tags.Add(image.Groups["tag"].Value);
            }

            owners.UnionWith(manifests.All<PrometheusRule>().SelectMany(rule => rule.Spec.Groups).SelectMany(group => group.Rules)
                .Where(rule => rule.Alert is not null).Select(rule => RunbookOwner().Match(rule.Annotations["runbook_url"]).Value));
        }

        var labels = ImageLabel().Matches(await File.ReadAllTextAsync(Path.Combine(Manifests.Root, "Dockerfile"))).ToDictionary(label => label.Groups["name"].Value, label => label.Groups["owner"].Value);
        labels.Keys.Should().BeEquivalentTo("source", "documentation");
        owners.UnionWith(labels.Values);
        owners.Should().ContainSingle().Which.Should().NotBeEmpty();
        tags.Should().Equal(VersionPrefix().Match(await File.ReadAllTextAsync(Path.Combine(Manifests.Root, "Directory.Build.props"))).Value);
    }

    [TestCase("overlays/sqlite", "vector(0.995)")]
    [TestCase("overlays/postgres", "vector(0.999)")]
    public async Task Each_overlay_includes_its_objective(string overlay, string objective) =>
        (await Manifests.RenderAsync(overlay)).All<PrometheusRule>().SelectMany(rule => rule.Spec.Groups).SelectMany(group => group.Rules)
            .Single(rule => rule.Record == "dumbkv:availability_objective:ratio").Expr.Should().Be(objective);

    private static V1PersistentVolumeClaim Claim(Manifests manifests, string name) => manifests.All<V1PersistentVolumeClaim>().Single(claim => claim.Metadata.Name == name);

    /// <summary>Where the first container of a pod mounts a claim.</summary>
    private static V1VolumeMount MountOf(V1PodSpec pod, string claim)
    {
        var volume = pod.Volumes.Single(volume => volume.PersistentVolumeClaim?.ClaimName == claim);
        return pod.Containers[0].VolumeMounts.Single(mount => mount.Name == volume.Name);
    }

    private static V1CronJob CronJob(Manifests manifests, string name) => manifests.All<V1CronJob>().Single(job => job.Metadata.Name == name);

    /// <summary>The container's port behind the Service's port of this name.</summary>
    private static V1ContainerPort PortOfContainer(Manifests manifests, string name)
    {
        var target = manifests.One<V1Service>().Spec.Ports.Single(port => port.Name == name).TargetPort.Value;
        return manifests.One<V1Deployment>().Spec.Template.Spec.Containers.Single().Ports.Single(port => port.Name == target);
    }

    private static void CheckPortOfServer(Manifests manifests)
    {
        manifests.One<V1Deployment>().Spec.Template.Metadata.Labels.Should().Contain(manifests.One<V1Service>().Spec.Selector);
        manifests.Settings["ASPNETCORE_URLS"].Should().EndWith($":{PortOfContainer(manifests, "http").ContainerPort}");
    }

    /// <summary>The namespaces to whose pods the network policies open a port of the server.</summary>
    private static IEnumerable<string> OpenTo(Manifests manifests, string port)
    {
        var labels = manifests.One<V1Deployment>().Spec.Template.Metadata.Labels;
        return manifests.All<V1NetworkPolicy>()
            .Where(policy => policy.Spec.PodSelector.MatchLabels.All(label => labels.Contains(label)))
            .SelectMany(policy => policy.Spec.Ingress)
            .Where(rule => rule.Ports.Any(open => open.Port.Value == port))
            .SelectMany(rule => rule.FromProperty)
            .Select(from => from.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]);
    }

    [GeneratedRegex("(?<=`)[A-Z][A-Z_]+(?=`)")]
    private static partial Regex SettingName();

    [GeneratedRegex("^ghcr.io/(?<owner>[^/]+)/dumbkv:(?<tag>.+)$")]
    private static partial Regex ImageName();

    [GeneratedRegex("""org\.opencontainers\.image\.(?<name>\w+)="https://github\.com/(?<owner>[^/]+)/dumbkv""")]
    private static partial Regex ImageLabel();

    [GeneratedRegex("(?<=^https://github.com/)[^/]+(?=/dumbkv/)")]
    private static partial Regex RunbookOwner();

    [GeneratedRegex("(?<=<VersionPrefix>)[^<]+")]
    private static partial Regex VersionPrefix();
}
