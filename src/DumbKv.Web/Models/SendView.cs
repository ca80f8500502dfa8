namespace DumbKv.Web.Models;

/// <summary>What the page "Send a secret" has to know. Its script does the rest in the browser.</summary>
/// <param name="MaxValueBytes">Largest value that the server stores.</param>
/// <param name="WritesNeedToken">Sets require a token.</param>
/// <param name="ReadsNeedToken">Recipients require a token too.</param>
public sealed record SendView(int MaxValueBytes, bool WritesNeedToken, bool ReadsNeedToken);
