namespace DumbKv.Web.Models;

/// <summary>What the page "Send a secret" has to know. Its script does the rest in the browser.</summary>
/// <param name="MaxValueBytes">Largest value that the server stores.</param>
/// <param name="AsksForToken">Sets require a write token.</param>
public sealed record SendView(int MaxValueBytes, bool AsksForToken);
