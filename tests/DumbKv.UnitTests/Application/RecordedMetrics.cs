using System.Diagnostics.Metrics;
using DumbKv.Application;

namespace DumbKv.UnitTests.Application;

/// <summary>The measurements of one test's meter.</summary>
internal sealed class RecordedMetrics : IMeterFactory
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<Measurement> _measurements = [];

    public RecordedMetrics()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
        Metrics = new KvMetrics(this, "1.2.3");
    }

    public KvMetrics Metrics { get; }

    /// <summary>The kinds and outcomes of the operations, such as "set stored".</summary>
    public IEnumerable<string> Operations => Of("dumbkv.operations").Select(measurement => measurement.Tags);

    public IEnumerable<double> Values(string name) => Of(name).Select(measurement => measurement.Value);

    public IReadOnlyList<Measurement> Of(string name)
    {
        lock (_lock)
        {
            return _measurements.FindAll(measurement => measurement.Name == name);
        }
    }

    /// <summary>The current values of a gauge, as a scrape reads them.</summary>
    public IReadOnlyList<Measurement> Observe(string name)
    {
        var before = Of(name).Count;
        _listener.RecordObservableInstruments();
        return [.. Of(name).Skip(before)];
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        return new Meter(options);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var values = new List<object?>();
        foreach (var tag in tags)
        {
            values.Add(tag.Value);
        }

        lock (_lock)
        {
            _measurements.Add(new Measurement(instrument.Name, value, string.Join(' ', values)));
        }
    }

    /// <param name="Name">The instrument's name.</param>
    /// <param name="Value">The value.</param>
    /// <param name="Tags">The values of its tags.</param>
    internal sealed record Measurement(string Name, double Value, string Tags);
}
