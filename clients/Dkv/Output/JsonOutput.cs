using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DumbKv.CommandLine.Output;

/// <summary>The result of a command with --json: one object on one line of standard output.</summary>
internal static class JsonOutput
{
    public static void Write(Action<Utf8JsonWriter> members) => StandardStream.Output.Write(Format(members));

    public static void WriteTime(this Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known)
        {
            json.WriteString(name, known.UtcDateTime);
        }
    }

    public static ReadOnlySpan<byte> Format(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }
}
