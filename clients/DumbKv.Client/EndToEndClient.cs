using System.Collections.Concurrent;
using DumbKv.Client.EndToEnd;
using DumbKv.Client.Http;

namespace DumbKv.Client;

/// <summary>The calls of <see cref="DumbKvClient"/> for one key, with end-to-end encryption (format E1). It can be used by several threads at once.</summary>
/// <remarks>
/// With a passphrase, the first call for a database derives a key from it, which takes some tenths of a second. A wrong passphrase
/// finds nothing, and counts as a failed read.
/// </remarks>
public sealed class EndToEndClient
{
    /// <summary>
    /// The size in bytes of the largest content, with the description of a file. The server may be set to a lower limit: its default
    /// allows 1,032,189 bytes.
    /// </summary>
    public const int MaxContentBytes = E1Blob.MaxContentBytes;

    private readonly KvHttp _http;
    private readonly E1Key _key;
    private readonly byte[] _passphrase;
    private readonly ConcurrentDictionary<int, Lazy<E1Entry>> _entries = new();

    internal EndToEndClient(KvHttp http, E1Key key, byte[] passphrase)
    {
        _http = http;
        _key = key;
        _passphrase = passphrase;
    }

    /// <summary>Reads and decrypts a value. A read-once value is removed by that.</summary>
    /// <param name="database">The number of the database.</param>
    /// <param name="cancellationToken">Cancels the request. A read-once value may be gone then.</param>
    /// <returns>Null if there is nothing: never set, expired, deleted, another key or another passphrase.</returns>
    /// <exception cref="KvReadOnceGoneException">The value was read-once, and was read.</exception>
    /// <exception cref="KvDamagedException">The value is damaged or altered, or is not an end-to-end value.</exception>
    public async Task<KvEntry?> GetAsync(int database = 0, CancellationToken cancellationToken = default)
    {
        var entry = EntryIn(database);
        if (await _http.GetBlobAsync(entry.Id, database, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return null;
        }

        var (content, file) = E1Blob.Open(entry, found.Blob);
        return new KvEntry
        {
            Bytes = content,
            IsText = file?.Type is null && KvEntry.IsUtf8(content),
            ETag = found.ETag,
            ExpiresAt = found.ExpiresAt,
            Once = found.Once,
            File = file,
        };
    }

    /// <inheritdoc cref="DumbKvClient.PeekAsync"/>
    /// <param name="database">The number of the database.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<KvMetadata?> PeekAsync(int database = 0, CancellationToken cancellationToken = default) =>
        _http.PeekAsync(EntryIn(database).Id, database, cancellationToken);

    /// <summary>Encrypts and stores a text.</summary>
    /// <inheritdoc cref="DumbKvClient.SetAsync(string, string, SetOptions?, CancellationToken)"/>
    /// <param name="value">The text. It may be empty.</param>
    /// <param name="options">Null: stored without an expiry in database 0, if the key has no value.</param>
    /// <param name="file">What the recipient is told about the file. Null: nothing.</param>
    /// <param name="cancellationToken">Cancels the request. The value may be stored then.</param>
    public Task<string> SetAsync(string value, SetOptions? options = null, E1File? file = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(value);
        return SetAsync(StrictUtf8.GetBytes(value, "The value", nameof(value)), options, file, cancellationToken);
    }

    /// <summary>Encrypts and stores bytes.</summary>
    /// <inheritdoc cref="DumbKvClient.SetAsync(string, string, SetOptions?, CancellationToken)"/>
    /// <param name="value">At most <see cref="MaxContentBytes"/>.</param>
    /// <param name="options">Null: stored without an expiry in database 0, if the key has no value.</param>
    /// <param name="file">What the recipient is told about the file. Null: only that it is bytes, unless it is valid UTF-8.</param>
    /// <param name="cancellationToken">Cancels the request. The value may be stored then.</param>
    public Task<string> SetAsync(ReadOnlyMemory<byte> value, SetOptions? options = null, E1File? file = null, CancellationToken cancellationToken = default)
    {
        options ??= new SetOptions();
        var entry = EntryIn(options.Database);
        if (file?.Type is null && !KvEntry.IsUtf8(value))
        {
            file = (file ?? new E1File()) with { Type = "application/octet-stream" };
        }

        return _http.SetAsync(entry.Id, E1Blob.Seal(entry, value.Span, file), isText: false, options, cancellationToken);
    }

    /// <inheritdoc cref="DumbKvClient.DeleteAsync"/>
    /// <param name="database">The number of the database.</param>
    /// <param name="ifMatch">Deletes only the version with this ETag. "*": any version, but there must be one. Null: without a condition.</param>
    /// <param name="cancellationToken">Cancels the request. The value may be deleted then.</param>
    public Task DeleteAsync(int database = 0, string? ifMatch = null, CancellationToken cancellationToken = default) =>
        _http.DeleteAsync(EntryIn(database).Id, database, ifMatch, cancellationToken);

    /// <summary>
    /// The link that opens the entry in a browser. Anyone who has it can read, replace and delete the entry; if the key has no name and
    /// there is a passphrase, only together with the passphrase. The link of a key with a name opens this entry alone.
    /// </summary>
    /// <param name="page">The address of the server, for example https://dumbkv.example.com.</param>
    /// <param name="database">The number of the database.</param>
    public Uri LinkFor(Uri page, int database = 0)
    {
        ArgumentNullException.ThrowIfNull(page);
        return E1Link.Format(page, EntryIn(database));
    }

    private E1Entry EntryIn(int database) =>
        _entries.GetOrAdd(database, number => new Lazy<E1Entry>(() => E1Entry.Derive(_key, _passphrase, number))).Value;
}
