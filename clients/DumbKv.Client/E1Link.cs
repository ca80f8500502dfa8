using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using DumbKv.Client.EndToEnd;

namespace DumbKv.Client;

/// <summary>
/// A link to an end-to-end entry: the address of a server, and after the "#" the key, the database, and whether a passphrase is needed.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class E1Link
{
    private E1Link(Uri page, E1Key key, int database, bool needsPassphrase)
    {
        Page = page;
        Key = key;
        Database = database;
        NeedsPassphrase = needsPassphrase;
    }

    /// <summary>The address before the "#".</summary>
    public Uri Page { get; }

    /// <summary>The key of the entry.</summary>
    public E1Key Key { get; }

    /// <summary>The number of the database.</summary>
    public int Database { get; }

    /// <summary>Whether the sender has set a passphrase.</summary>
    public bool NeedsPassphrase { get; }

    /// <summary>Whether this is meant to be an end-to-end link, even if it is damaged. Other links of a DumbKV server are plain.</summary>
    public static bool IsLink(string link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return link.Contains("#key=e1-", StringComparison.Ordinal);
    }

    /// <summary>Reads a link.</summary>
    /// <exception cref="FormatException">The link is incomplete or damaged. The message does not repeat it.</exception>
    public static E1Link Parse(string link) =>
        TryParse(link, out var parsed) ? parsed : throw new FormatException("This link is incomplete or damaged. Copy the whole link again.");

    /// <summary>Reads a link.</summary>
    /// <returns>False if the link is incomplete or damaged.</returns>
    public static bool TryParse([NotNullWhen(true)] string? link, [NotNullWhen(true)] out E1Link? parsed)
    {
        parsed = null;
        if (Form().Match(link ?? "") is not { Success: true } match
            || !Uri.TryCreate(match.Groups["page"].Value, UriKind.Absolute, out var page)
            || !IsPage(page)
            || !E1Key.TryParse(match.Groups["key"].Value, out var key)
            || !TryReadDatabase(match.Groups["database"], out var database))
        {
            return false;
        }

        parsed = new E1Link(page, key, database, match.Groups["passphrase"].Success);
        return true;
    }

    /// <summary>Without the key. <see cref="EndToEndClient.LinkFor"/> makes a link.</summary>
    public override string ToString() => $"{Page}#key=e1-…";

    internal static Uri Format(Uri page, E1Entry entry)
    {
        var database = entry.Database == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"&database={entry.Database}");
        return IsPage(page)
            ? new Uri($"{page.GetLeftPart(UriPartial.Path).TrimEnd('/')}/#key={entry.EntryKey}{database}{(entry.NeedsPassphrase ? "&passphrase=1" : "")}")
            : throw new ArgumentException("The address must be absolute, begin with https:// or http://, and have no user name.", nameof(page));
    }

    // With a user name, the address could look like that of another server.
    private static bool IsPage(Uri page) =>
        page.IsAbsoluteUri && (page.Scheme == Uri.UriSchemeHttps || page.Scheme == Uri.UriSchemeHttp) && page.UserInfo.Length == 0;

    // 0 is left out, and there is one way to write each other number.
    private static bool TryReadDatabase(Group number, out int database)
    {
        database = 0;
        return !number.Success || int.TryParse(number.ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out database);
    }

    [GeneratedRegex(@"\A(?<page>[^#]+)#key=(?<key>[^&]{37})(?:&database=(?<database>-?[1-9][0-9]*))?(?<passphrase>&passphrase=1)?\z")]
    private static partial Regex Form();
}
