using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace DumbKv.Client.EndToEnd;

/// <summary>The description of a file: empty, or a JSON object with the members name, type and time, all optional.</summary>
internal static class E1Header
{
    public const int MaxBytes = 1_024;

    /// <summary>2^53 - 1, the largest integer that JavaScript represents exactly.</summary>
    private const double MaxTime = 9_007_199_254_740_991;

    /// <exception cref="ArgumentException">The header is too large, or not well-formed.</exception>
    public static byte[] Encode(E1File? file)
    {
        if (file is null || (file.Name is null && file.Type is null && file.Time is null))
        {
            return [];
        }

        // The encoder would replace lone surrogates.
        _ = StrictUtf8.GetBytes($"{file.Name}\n{file.Type}", "The description of a file", nameof(file));
        var time = file.Time?.ToUnixTimeMilliseconds();
        if (time < 0)
        {
            throw new ArgumentException("The time of a file must not be before 1970.", nameof(file));
        }

        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (file.Name is not null)
            {
                json.WriteString("name"u8, file.Name);
            }

            if (file.Type is not null)
            {
                json.WriteString("type"u8, file.Type);
            }

            if (time is not null)
            {
                json.WriteNumber("time"u8, time.Value);
            }

            json.WriteEndObject();
        }

        return output.WrittenCount <= MaxBytes
            ? output.WrittenSpan.ToArray()
            : throw new ArgumentException("The description of a file must not be larger than 1,024 bytes. Use a shorter name.", nameof(file));
    }

    /// <returns>Null if the header is empty, or has none of the members.</returns>
    /// <exception cref="KvDamagedException">The header is not allowed by the format.</exception>
    public static E1File? Decode(ReadOnlySpan<byte> header)
    {
        if (header.IsEmpty)
        {
            return null;
        }

        // The reader does not look into strings that it skips.
        if (!Utf8.IsValid(header))
        {
            throw new KvDamagedException();
        }

        try
        {
            return Read(header);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped lone surrogate.
            throw new KvDamagedException();
        }
    }

    private static E1File? Read(ReadOnlySpan<byte> header)
    {
        // Any nesting that fits is allowed.
        var json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = MaxBytes });
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new KvDamagedException();
        }

        // The last of several members with the same name counts, so a type is checked only at the end.
        object? name = null, type = null, time = null;
        string? member = null;
        while (json.Read())
        {
            object? value = json.TokenType switch
            {
                JsonTokenType.PropertyName or JsonTokenType.String => json.GetString(),
                JsonTokenType.Number when json.CurrentDepth == 1 => json.TryGetDouble(out var number) ? number : double.PositiveInfinity,
                _ => Wrong,
            };
            if (json.CurrentDepth != 1 || json.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                continue;
            }

            if (json.TokenType == JsonTokenType.PropertyName)
            {
                member = (string?)value;
                continue;
            }

            switch (member)
            {
                case "name": name = value; break;
                case "type": type = value; break;
                case "time": time = value; break;
                default: break;
            }
        }

        return name is null && type is null && time is null ? null : new E1File { Name = Text(name), Type = Text(type), Time = Time(time) };
    }

    private static object Wrong { get; } = new();

    private static string? Text(object? value) => value is null or string ? (string?)value : throw new KvDamagedException();

    private static DateTimeOffset? Time(object? value) => value switch
    {
        null => null,
        double number and >= 0 and <= MaxTime when Math.Truncate(number) == number =>
            number <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds((long)number) : null,
        _ => throw new KvDamagedException(),
    };
}
