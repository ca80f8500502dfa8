using System.Buffers;
using System.Text;

namespace DumbKv.TestHarness;

/// <summary>Secrets, and the search for all of them at once. The results never contain a secret.</summary>
internal sealed class Canaries
{
    private readonly List<Canary> _all = [];
    private SearchValues<string>? _forms;

    public int Count => _all.Count;

    public Canary Word(string name) => Add(Canary.Word(name));

    public Canary Random(string name) => Add(Canary.Random(name));

    /// <summary>Adds a secret that was created elsewhere.</summary>
    public Canary Known(string name, string text) => Add(new Canary(name, Encoding.ASCII.GetBytes(text)));

    /// <summary>The names of the secrets that <paramref name="haystack"/> contains, and their form.</summary>
    public string[] FindIn(ReadOnlySpan<byte> haystack)
    {
        var text = Encoding.Latin1.GetString(haystack);
        _forms ??= SearchValues.Create([.. _all.SelectMany(canary => canary.Forms()).Select(form => form.Text)], StringComparison.OrdinalIgnoreCase);

        return text.AsSpan().ContainsAny(_forms)
            ? [.. from canary in _all
                  from form in canary.Forms()
                  where text.Contains(form.Text, StringComparison.OrdinalIgnoreCase)
                  select $"{canary.Name}, {form.Form}"]
            : [];
    }

    /// <summary>The same, with the case of the forms only: many times as fast, for the memory of a process.</summary>
    public string[] FindExactlyIn(ReadOnlySpan<byte> haystack)
    {
        var found = new List<string>();
        foreach (var canary in _all)
        {
            foreach (var (form, text) in canary.Forms())
            {
                if (haystack.IndexOf(Encoding.Latin1.GetBytes(text)) >= 0)
                {
                    found.Add($"{canary.Name}, {form}");
                }
            }
        }

        return [.. found];
    }

    private Canary Add(Canary canary)
    {
        lock (_all)
        {
            _all.Add(canary);
            _forms = null;
            return canary;
        }
    }
}
