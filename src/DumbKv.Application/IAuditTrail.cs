using DumbKv.Domain.Entries;

namespace DumbKv.Application;

/// <summary>Records which entry a request is about. The web layer writes it to the audit log.</summary>
public interface IAuditTrail
{
    /// <summary>Records nothing.</summary>
    static IAuditTrail None { get; } = new NoAuditTrail();

    /// <summary>Called once the id is derived, even if the request later fails.</summary>
    void RecordEntry(EntryId id);

    private sealed class NoAuditTrail : IAuditTrail
    {
        public void RecordEntry(EntryId id)
        {
        }
    }
}
