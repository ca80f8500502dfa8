using System.Globalization;
using BenchmarkDotNet.Attributes;
using DumbKv.Application;
using DumbKv.Application.Entries;
using DumbKv.Domain.Entries;
using DumbKv.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DumbKv.Bench.Micro;

/// <summary>Each use case alone, one request at a time, on a SQLite file: a write waits for its own fsync. Without HTTP.</summary>
[MemoryDiagnoser]
public class HandlerBenchmarks
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dumbkv-bench-");
    private readonly byte[] _value = new byte[90];
    private IHost _host = null!;
    private GetEntryHandler _get = null!;
    private PutEntryHandler _put = null!;
    private DeleteEntryHandler _delete = null!;
    private SecretKey _key = null!;
    private int _count;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddApplication(pepper: null, EntryLimits.Default, "bench")
            .AddInfrastructure(new DatabaseOptions { Type = DatabaseType.Sqlite, Location = Path.Combine(_folder.FullName, "dumbkv.db") });
        _host = builder.Build();
        await _host.StartAsync();

        var state = _host.Services.GetRequiredService<IStoreHealth>();
        while (await state.FindFaultAsync(CancellationToken.None) is not null)
        {
            await Task.Delay(10);
        }

        _get = _host.Services.GetRequiredService<GetEntryHandler>();
        _put = _host.Services.GetRequiredService<PutEntryHandler>();
        _delete = _host.Services.GetRequiredService<DeleteEntryHandler>();
        _key = KeyOf("a key of usual length");
        await _put.HandleAsync(PutOf(_key), IAuditTrail.None, CancellationToken.None);
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _folder.Delete(recursive: true);
    }

    [Benchmark]
    public async Task<GetOutcome> Get() => (await _get.HandleAsync(new GetEntry(0, _key), IAuditTrail.None, IReadBudget.Unlimited, CancellationToken.None)).Outcome;

    [Benchmark]
    public async Task<PutOutcome> Put() => (await _put.HandleAsync(PutOf(KeyOf((++_count).ToString(CultureInfo.InvariantCulture))), IAuditTrail.None, CancellationToken.None)).Outcome;

    /// <summary>The key does not exist, so this is the cost without a change.</summary>
    [Benchmark]
    public async Task<DeleteOutcome> Delete() => await _delete.HandleAsync(new DeleteEntry(1, _key, Precondition.None), IAuditTrail.None, CancellationToken.None);

    private PutEntry PutOf(SecretKey key) => new() { Database = 0, Key = key, Value = _value };

    private static SecretKey KeyOf(string text) => SecretKey.TryCreate(text, out var key) ? key : throw new ArgumentException("This is not a key.", nameof(text));
}
