using DumbKv.Client.Http;

namespace DumbKv.Client;

/// <summary>A client of a DumbKV server. It can be used by several threads at once.</summary>
/// <remarks>
/// The server sees the keys and the values of these calls while it handles them. <see cref="EndToEnd"/> has the same calls with
/// end-to-end encryption. All calls throw <see cref="KvException"/> or one of its types if the server refuses or cannot be reached.
/// </remarks>
public sealed class DumbKvClient
{
    /// <summary>The size in bytes of the largest value that a server can be set to store. The default of a server is 1,048,576.</summary>
    public const int MaxValueBytes = 67_108_864;

    /// <summary>The size in bytes of the longest key, in UTF-8.</summary>
    public const int MaxKeyBytes = 65_536;

    private readonly KvHttp _http;

    /// <summary>Uses an HttpClient of the caller, which the caller disposes.</summary>
    /// <param name="http">
    /// Its BaseAddress is the address of the server, for example https://dumbkv.example.com. Its handler should not follow redirects
    /// (<see cref="SocketsHttpHandler.AllowAutoRedirect"/>): a redirect to another server would send the key and the value there.
    /// </param>
    /// <param name="options">The token and the retries. Null: the defaults.</param>
    public DumbKvClient(HttpClient http, DumbKvClientOptions? options = null) => _http = new KvHttp(http, options ?? new DumbKvClientOptions());

    /// <summary>Reads a value. A read-once value is removed by that.</summary>
    /// <param name="key">1 to 65,536 bytes of UTF-8.</param>
    /// <param name="database">The number of the database.</param>
    /// <param name="cancellationToken">Cancels the request. A read-once value may be gone then.</param>
    /// <returns>Null if there is nothing: never set, expired, deleted, or another key.</returns>
    /// <exception cref="KvReadOnceGoneException">The value was read-once, and was read.</exception>
    public Task<KvEntry?> GetAsync(string key, int database = 0, CancellationToken cancellationToken = default)
    {
        CheckKey(key);
        return _http.GetAsync(key, database, cancellationToken);
    }

    /// <summary>Asks about a value without reading it. A read-once value is kept.</summary>
    /// <param name="key">1 to 65,536 bytes of UTF-8.</param>
    /// <param name="database">The number of the database.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Null if there is nothing.</returns>
    /// <exception cref="KvReadOnceGoneException">The value was read-once, and was read.</exception>
    public Task<KvMetadata?> PeekAsync(string key, int database = 0, CancellationToken cancellationToken = default)
    {
        CheckKey(key);
        return _http.PeekAsync(key, database, cancellationToken);
    }

    /// <summary>Stores a text.</summary>
    /// <param name="key">1 to 65,536 bytes of UTF-8.</param>
    /// <param name="value">The text. It may be empty.</param>
    /// <param name="options">Null: stored without an expiry in database 0, if the key has no value.</param>
    /// <param name="cancellationToken">Cancels the request. The value may be stored then.</param>
    /// <returns>The ETag, which is the version of the entry.</returns>
    /// <exception cref="KvConflictException">The key already has a value, which was kept.</exception>
    /// <exception cref="KvPreconditionFailedException">The condition of the options does not hold.</exception>
    public Task<string> SetAsync(string key, string value, SetOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(value);
        CheckKey(key);
        return _http.SetAsync(key, StrictUtf8.GetBytes(value, "The value", nameof(value)), isText: true, options ?? new SetOptions(), cancellationToken);
    }

    /// <summary>Stores bytes.</summary>
    /// <inheritdoc cref="SetAsync(string, string, SetOptions?, CancellationToken)"/>
    /// <param name="key">1 to 65,536 bytes of UTF-8.</param>
    /// <param name="value">The bytes. They must not change before the call has ended.</param>
    /// <param name="options">Null: stored without an expiry in database 0, if the key has no value.</param>
    /// <param name="cancellationToken">Cancels the request. The value may be stored then.</param>
    public Task<string> SetAsync(string key, ReadOnlyMemory<byte> value, SetOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckKey(key);
        return _http.SetAsync(key, value, isText: false, options ?? new SetOptions(), cancellationToken);
    }

    /// <summary>Stores a text that is UTF-8 already, without a copy of it.</summary>
    /// <inheritdoc cref="SetAsync(string, string, SetOptions?, CancellationToken)"/>
    /// <param name="key">1 to 65,536 bytes of UTF-8.</param>
    /// <param name="utf8">The text. It must not change before the call has ended.</param>
    /// <param name="options">Null: stored without an expiry in database 0, if the key has no value.</param>
    /// <param name="cancellationToken">Cancels the request. The value may be stored then.</param>
    /// <exception cref="ArgumentException"><paramref name="utf8"/> is not valid UTF-8.</exception>
    public Task<string> SetUtf8Async(string key, ReadOnlyMemory<byte> utf8, SetOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckKey(key);
        return KvEntry.IsUtf8(utf8)
            ? _http.SetAsync(key, utf8, isText: true, options ?? new SetOptions(), cancellationToken)
            : throw new ArgumentException("The value is not valid UTF-8.", nameof(utf8));
    }

    /// <summary>Deletes a value. This succeeds also if there is none.</summary>
    /// <param name="key">1 to 65,536 bytes of UTF-8.</param>
    /// <param name="database">The number of the database.</param>
    /// <param name="ifMatch">Deletes only the version with this ETag. "*": any version, but there must be one. Null: without a condition.</param>
    /// <param name="cancellationToken">Cancels the request. The value may be deleted then.</param>
    /// <exception cref="KvPreconditionFailedException"><paramref name="ifMatch"/> does not hold.</exception>
    public Task DeleteAsync(string key, int database = 0, string? ifMatch = null, CancellationToken cancellationToken = default)
    {
        CheckKey(key);
        return _http.DeleteAsync(key, database, ifMatch, cancellationToken);
    }

    /// <summary>The same calls for one end-to-end key: values are encrypted here, and the server sees neither the key nor the value.</summary>
    /// <param name="key">The key, from <see cref="E1Key.Create"/> or <see cref="E1Key.Parse"/>.</param>
    /// <param name="passphrase">
    /// Another secret that is needed to open the values. Null or empty: none. It is used exactly as given: apply Unicode NFC first if a
    /// person typed it.
    /// </param>
    public EndToEndClient EndToEnd(E1Key key, string? passphrase = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new EndToEndClient(_http, key, StrictUtf8.GetBytes(passphrase ?? "", "The passphrase", nameof(passphrase)));
    }

    private static void CheckKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (StrictUtf8.GetBytes(key, "The key", nameof(key)).Length is 0 or > MaxKeyBytes)
        {
            throw new ArgumentException("The key must have 1 to 65,536 bytes of UTF-8.", nameof(key));
        }

        if (E1Key.ContainsMadeKey(key))
        {
            throw new ArgumentException("This is an end-to-end key, which must not be sent to a server. Use EndToEnd(E1Key.Parse(…)).", nameof(key));
        }
    }
}
