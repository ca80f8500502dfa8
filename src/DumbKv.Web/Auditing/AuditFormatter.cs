using System.Globalization;
using System.Text;
using System.Text.Json;
using Serilog.Events;
using Serilog.Formatting;

namespace DumbKv.Web.Auditing;

/// <summary>Formats a line of the audit log as one JSON object, always with the same members in the same order.</summary>
internal sealed class AuditFormatter : ITextFormatter
{
    private static readonly string[] Members = ["Operation", "Outcome", "Status", "Entry", "Client", "Token"];

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("audit", logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            foreach (var member in Members)
            {
                var value = logEvent.Properties.GetValueOrDefault(member) is ScalarValue scalar ? scalar.Value : null;
                json.WritePropertyName(member.ToLowerInvariant());
                JsonSerializer.Serialize(json, value);
            }

            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }
}
