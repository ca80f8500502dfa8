using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using static DumbKv.Infrastructure.StartRefusedException;

namespace DumbKv.Web.Configuration;

/// <summary>Each method reads one setting. A wrong setting stops the start with a line that names it and the accepted values.</summary>
internal static class SettingReading
{
    /// <summary>Null if the setting is not set, or empty.</summary>
    public static string? Text(this IConfiguration configuration, string name) =>
        configuration[name] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    public static int ReadInt(this IConfiguration configuration, string name, int byDefault, int from, int to) =>
        (int)configuration.ReadLong(name, byDefault, from, to);

    public static long ReadLong(this IConfiguration configuration, string name, long byDefault, long from, long to)
    {
        if (configuration.Text(name) is not { } text)
        {
            return byDefault;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to
            ? number
            : throw ForSetting(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {from} to {to}."));
    }

    public static bool ReadBool(this IConfiguration configuration, string name, bool byDefault)
    {
        if (configuration.Text(name) is not { } text)
        {
            return byDefault;
        }

        return bool.TryParse(text, out var value) ? value : throw ForSetting(name, "must be true or false.");
    }

    public static TEnum ReadName<TEnum>(this IConfiguration configuration, string name, TEnum byDefault)
        where TEnum : struct, Enum
    {
        if (configuration.Text(name) is not { } text)
        {
            return byDefault;
        }

        var names = Enum.GetNames<TEnum>();
        return names.Contains(text, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<TEnum>(text, ignoreCase: true)
            : throw ForSetting(name, $"must be one of {string.Join(", ", names.Select(Shown<TEnum>))}.");
    }

    public delegate bool TryParse<T>(string text, [MaybeNullWhen(false)] out T value);

    /// <summary>The parts between the commas. None can be empty: a lone comma does not mean "none". No message contains a part, because it can be a secret.</summary>
    public static IReadOnlyList<T> ReadList<T>(this IConfiguration configuration, string name, TryParse<T> tryParse, string rule) =>
    [
        .. (configuration.Text(name)?.Split(',', StringSplitOptions.TrimEntries) ?? [])
            .Select(part => tryParse(part, out var value) ? value : throw ForSetting(name, rule)),
    ];

    // As documented: levels begin with a capital letter, all other names are lower case.
    private static string Shown<TEnum>(string name) => typeof(TEnum) == typeof(LogLevel) ? name : name.ToLowerInvariant();
}
