namespace DumbKv.Infrastructure.Startup;

/// <summary>Why the server stopped itself during its start. The program reports it with a line and an exit code.</summary>
public sealed class StartOutcome
{
    public StartRefusedException? Refusal { get; private set; }

    internal void Refuse(StartRefusedException refusal) => Refusal = refusal;
}
