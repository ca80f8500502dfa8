namespace DumbKv.Web.Auditing;

/// <summary>Where the audit log goes.</summary>
public enum AuditLog
{
    Off,
    Stdout,
}
