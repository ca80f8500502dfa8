using System.Text.Json;
using DumbKv.Client.EndToEnd;

namespace DumbKv.Client.Tests;

/// <summary>A worked example of format E1, made by an independent implementation.</summary>
public sealed record EndToEndVector(
    int Database, string Key, string? Passphrase, string EntryKey, string Header, string ContentHex, string NonceHex, string Id, string DataKeyHex, string BlobHex)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static IReadOnlyList<EndToEndVector> All { get; } = JsonSerializer.Deserialize<EndToEndVector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "end-to-end-vectors.json")), Json)!;

    internal E1Entry Entry => E1Entry.Derive(E1Key.Parse(Key), System.Text.Encoding.UTF8.GetBytes(Passphrase ?? ""), Database);

    public override string ToString() => $"worked example {All.ToList().IndexOf(this) + 1}";
}
