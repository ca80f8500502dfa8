using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text.Json;

namespace DumbKv.Client.Http;

/// <summary>The requests of the API. Values travel as bytes, not as base64.</summary>
internal sealed class KvHttp
{
    private const string EncodingHeader = "DumbKV-Encoding";
    private const string ExpiresAtHeader = "DumbKV-Expires-At";
    private const string OnceHeader = "DumbKV-Once";
    private const int MaxRetries = 10;
    private const int ExpectContinueBytes = 262_144;
    private static readonly TimeSpan MaxTimeToLive = TimeSpan.FromSeconds(315_360_000);
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly DumbKvClientOptions _options;
    private readonly Uri _address;

    public KvHttp(HttpClient http, DumbKvClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Retries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Retries, MaxRetries);
        if (http.BaseAddress is not { } server)
        {
            throw new ArgumentException("The HttpClient needs a BaseAddress: the address of the server.", nameof(http));
        }

        if (options.Token is { } token && !IsToken(token))
        {
            throw new ArgumentException("The token is empty, or has characters that no token has. Remove a line break at its end.", nameof(options));
        }

        _http = http;
        _options = options;

        // A relative address would replace a last segment without a slash.
        _address = new Uri($"{server.GetLeftPart(UriPartial.Path).TrimEnd('/')}/kv");
    }

    /// <summary>Whether it has only characters that a header can have.</summary>
    public static bool IsToken(string token) => token.Length > 0 && token.All(character => character is > ' ' and < '\x7f');

    /// <summary>An ETag, with or without its quotes.</summary>
    public static bool TryParseETag(string text, [NotNullWhen(true)] out EntityTagHeaderValue? etag) =>
        EntityTagHeaderValue.TryParse(text.StartsWith('"') ? text : $"\"{text}\"", out etag) && !etag.IsWeak;

    public async Task<KvEntry?> GetAsync(string key, int database, CancellationToken cancellationToken) =>
        await GetBlobAsync(key, database, cancellationToken).ConfigureAwait(false) is { } found
            ? new KvEntry { Bytes = found.Blob, IsText = found.IsText, ETag = found.ETag, ExpiresAt = found.ExpiresAt, Once = found.Once }
            : null;

    public Task<RawEntry?> GetBlobAsync(string key, int database, CancellationToken cancellationToken) =>
        ReadAsync(new KeyRequest { Key = key, Database = database }, MediaTypeNames.Application.Octet, ReadEntryAsync, cancellationToken);

    public Task<KvMetadata?> PeekAsync(string key, int database, CancellationToken cancellationToken) =>
        ReadAsync(new KeyRequest { Key = key, Database = database, Peek = true }, MediaTypeNames.Application.Json, ReadMetadataAsync, cancellationToken);

    public Task<string> SetAsync(string key, ReadOnlyMemory<byte> value, bool isText, SetOptions options, CancellationToken cancellationToken)
    {
        var request = NewRequest(HttpMethod.Put, Form(key, value, isText, options), options.IfMatch);
        if (options.IfNoneMatch)
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        }

        // The server refuses a request before it reads the body. Without this, the connection can break before the refusal is read.
        request.Headers.ExpectContinue = value.Length > ExpectContinueBytes;

        return WriteAsync(request, ETagOf, cancellationToken);
    }

    public Task DeleteAsync(string key, int database, string? ifMatch, CancellationToken cancellationToken) => WriteAsync(
        NewRequest(HttpMethod.Delete, Json(new KeyRequest { Key = key, Database = database }), ifMatch), _ => true, cancellationToken);

    private static async Task<RawEntry> ReadEntryAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (HeaderOf(response, EncodingHeader) is not { } encoding)
        {
            throw Unexpected(response);
        }

        return new RawEntry(
            await ReadBodyAsync(response, cancellationToken).ConfigureAwait(false),
            ETagOf(response),
            IsText: encoding == "text",
            ExpiresAt: HeaderOf(response, ExpiresAtHeader) is { } time ? DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) : null,
            Once: HeaderOf(response, OnceHeader) == "true");
    }

    private static async Task<KvMetadata> ReadMetadataAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await ReadBodyAsync(response, cancellationToken).ConfigureAwait(false);
        var peek = TryParse(body, KvJson.Default.PeekResponse);
        return peek is { Once: { } once, Size: { } size }
            ? new KvMetadata { Size = size, IsText = peek.Encoding is null, Once = once, ExpiresAt = peek.ExpiresAt, ETag = ETagOf(response) }
            : throw Unexpected(response);
    }

    // ---- Requests

    private static MultipartFormDataContent Form(string key, ReadOnlyMemory<byte> value, bool isText, SetOptions options)
    {
        var form = new MultipartFormDataContent();
        Add("database", options.Database.ToString(CultureInfo.InvariantCulture));
        Add("key", key);
        if (options.TimeToLive is { } timeToLive)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, TimeSpan.FromSeconds(1), nameof(options.TimeToLive));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(timeToLive, MaxTimeToLive, nameof(options.TimeToLive));
            Add("ttl", ((long)timeToLive.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        }

        if (options.Once)
        {
            Add("once", "true");
        }

        if (options.Overwrite)
        {
            Add("overwrite", "true");
        }

        // A part with a file name is bytes, one without is text.
        var content = new ReadOnlyMemoryContent(value);
        if (isText)
        {
            form.Add(content, "value");
        }
        else
        {
            form.Add(content, "value", "value");
        }

        return form;

        void Add(string name, string text) => form.Add(new StringContent(text), name);
    }

    private static ByteArrayContent Json(KeyRequest request) =>
        new(JsonSerializer.SerializeToUtf8Bytes(request, KvJson.Default.KeyRequest)) { Headers = { ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json) } };

    private HttpRequestMessage NewRequest(HttpMethod method, HttpContent content, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(method, _address) { Content = content };
        if (_options.Token is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (ifMatch is not null)
        {
            request.Headers.IfMatch.Add(ifMatch == "*" ? EntityTagHeaderValue.Any : ParseETag(ifMatch));
        }

        return request;
    }

    private static EntityTagHeaderValue ParseETag(string etag) =>
        TryParseETag(etag, out var parsed) ? parsed : throw new ArgumentException("IfMatch must be an ETag that this client returned, or \"*\".", nameof(etag));

    // ---- Sending

    /// <summary>Sends a get or a peek, and repeats it if it is lost.</summary>
    private async Task<T?> ReadAsync<T>(
        KeyRequest body, string accept, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        var mayHaveRead = false; // By an earlier attempt.
        for (var attempt = 0; ; attempt++)
        {
            using var request = NewRequest(HttpMethod.Post, Json(body));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
            try
            {
                return await SendAsync(request, read, isRead: true, cancellationToken).ConfigureAwait(false);
            }
            catch (KvUnavailableException exception) when (attempt < _options.Retries && WaitBeforeRetry(exception, attempt) is { } wait)
            {
                mayHaveRead |= exception.OutcomeUnknown && body.Peek is null;
                await Task.Delay(wait, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (KvException exception) when (mayHaveRead)
            {
                throw AfterAnotherAttempt(exception);
            }
            catch (KvException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }
        }
    }

    /// <summary>What ended a get, if an earlier attempt of the same call may have read a read-once value, whose response was lost.</summary>
    private static KvException AfterAnotherAttempt(KvException exception)
    {
        var message = $"{exception.Message} An earlier attempt of this request may have read it, and its response was lost.";
        return exception is KvReadOnceGoneException gone
            ? new KvReadOnceGoneException(message) { ReadAt = gone.ReadAt, ETag = gone.ETag, MayBeOwnRead = true }
            : new KvUnavailableException(message, exception.StatusCode, exception) { RetryAfter = (exception as KvUnavailableException)?.RetryAfter, OutcomeUnknown = true };
    }

    /// <returns>Null: not worth a retry. A limit is not, because the caller has used it up, and a full store takes reads.</returns>
    private static TimeSpan? WaitBeforeRetry(KvUnavailableException exception, int attempt)
    {
        if (exception.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.InsufficientStorage || exception.InnerException is TimeoutException)
        {
            return null;
        }

        // With a random part, so that clients that failed together do not come back together.
        var wait = exception.RetryAfter ?? TimeSpan.FromMilliseconds((100 << attempt) + RandomNumberGenerator.GetInt32(100));
        return wait <= MaxWait ? wait : null;
    }

    private async Task<T> WriteAsync<T>(HttpRequestMessage request, Func<HttpResponseMessage, T> result, CancellationToken cancellationToken)
    {
        using (request)
        {
            return await SendAsync(request, ReadAsync, isRead: false, cancellationToken).ConfigureAwait(false);
        }

        async Task<T> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
        {
            var body = await ReadBodyAsync(response, cancellation, MaxProblemBytes).ConfigureAwait(false);
            return TryParse(body, KvJson.Default.StatusResponse)?.Status == "success" ? result(response) : throw Unexpected(response);
        }
    }

    private async Task<T> SendAsync<T>(
        HttpRequestMessage request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, bool isRead, CancellationToken cancellationToken)
    {
        // The timeout of the HttpClient ends with the headers.
        var start = _options.TimeProvider.GetTimestamp();
        using var timeout = new CancellationTokenSource(_http.Timeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.OK
                ? await read(response, either.Token).ConfigureAwait(false)
                : throw await ProblemOfAsync(response, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested
            && exception.InnerException is TimeoutException && _options.TimeProvider.GetElapsedTime(start) < _http.Timeout / 2)
        {
            // Only the timeout of a handler for a new connection ends so early.
            throw new KvUnavailableException(NoConnection(HttpRequestError.ConnectionError), innerException: exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KvUnavailableException(
                $"The server did not answer in time. {Outcome(isRead)}", innerException: exception.InnerException as TimeoutException ?? new TimeoutException())
            {
                OutcomeUnknown = true,
            };
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            throw new KvUnavailableException(NoConnection(exception.HttpRequestError), innerException: exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new KvUnavailableException($"The connection to the server broke. {Outcome(isRead)}", innerException: exception) { OutcomeUnknown = true };
        }
    }

    private static string Outcome(bool isRead) => isRead
        ? "Try again. If the value was read-once, it may have been read."
        : "The change may have been made: look before you try again.";

    private static string NoConnection(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "The name of the server is not known. Check the address and the network.",
        HttpRequestError.SecureConnectionError => "The server's certificate is not trusted, or no secure connection could be made. Check the address, and the certificate authority.",
        HttpRequestError.ProxyTunnelError => "The proxy refused a connection to the server. Check the proxy settings.",
        _ => "The server does not accept connections. Check that it runs, and check the address and the port.",
    };

    // ---- Responses

    private static async Task<KvException> ProblemOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = response.StatusCode;
        var problem = response.Content.Headers.ContentType?.MediaType == MediaTypeNames.Application.ProblemJson
            ? TryParse(await ReadBodyAsync(response, cancellationToken, MaxProblemBytes).ConfigureAwait(false), KvJson.Default.Problem)
            : null;
        var detail = problem?.Detail is { Length: > 0 } text ? OneLine(text) : null;
        var retryAfter = response.Headers.RetryAfter?.Delta;
        return status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new KvUnauthorizedException(detail ?? "The server does not allow this request.", status),
            HttpStatusCode.TooManyRequests => new KvUnavailableException(detail ?? "The server limits this client.", status) { RetryAfter = retryAfter },
            HttpStatusCode.InsufficientStorage => new KvUnavailableException(detail ?? "The server's store is full.", status) { RetryAfter = retryAfter },
            HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
                new KvUnavailableException(detail ?? "The server is unavailable.", status) { RetryAfter = retryAfter, OutcomeUnknown = true },
            >= HttpStatusCode.Moved and < HttpStatusCode.BadRequest => new KvException(
                $"The server redirects to {RedirectOf(response)}. Use the address that it redirects to.", status),

            // From a proxy, which may have passed the request on.
            >= HttpStatusCode.InternalServerError when detail is null => new KvUnavailableException($"The server or a proxy before it failed with status {(int)status}.", status) { OutcomeUnknown = true },

            // Anything else that answers at this address has no problem documents of these.
            _ when detail is null => Unexpected(response),
            HttpStatusCode.NotFound when IsOfAnotherAddress(detail) => new KvException($"{detail} Check the address of the server."),
            HttpStatusCode.Conflict => new KvConflictException(detail),
            HttpStatusCode.PreconditionFailed => new KvPreconditionFailedException(detail),
            HttpStatusCode.Gone => new KvReadOnceGoneException(detail) { ReadAt = problem!.ReadAt, ETag = problem.Etag },
            _ => new KvException(detail, status),
        };
    }

    /// <summary>A server answers 404 also if the path is wrong, or the port is that of its metrics.</summary>
    private static bool IsOfAnotherAddress(string detail) =>
        detail.StartsWith("There is nothing at this address", StringComparison.Ordinal) || detail.StartsWith("This port serves only", StringComparison.Ordinal);

    private static string RedirectOf(HttpResponseMessage response) =>
        response.Headers.Location is { IsAbsoluteUri: true } location ? OneLine(location.GetLeftPart(UriPartial.Authority)) : "another address";

    private static KvException Unexpected(HttpResponseMessage response) => new(
        $"The response (status {(int)response.StatusCode}) does not come from a DumbKV server of this version. Check the address of the server.",
        response.StatusCode == HttpStatusCode.NotFound ? null : response.StatusCode);

    private static string ETagOf(HttpResponseMessage response) => response.Headers.ETag?.Tag ?? throw Unexpected(response);

    private static string? HeaderOf(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    private static T? TryParse<T>(byte[] body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A text of the server for a terminal or a log: without control and bidirectional characters, and not endless.</summary>
    private static string OneLine(string text)
    {
        const int MaxLength = 500;
        var line = string.Concat(text.Select(character => char.IsControl(character) || E1File.IsFormatting(character) ? ' ' : character));
        return line.Length <= MaxLength ? line : $"{line.AsSpan(0, MaxLength)}…";
    }

    private const int MaxProblemBytes = 65_536;

    /// <summary>The body in memory of exactly its size, if the server says it.</summary>
    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken, int maxBytes = DumbKvClient.MaxValueBytes)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            if (response.Content.Headers.ContentLength is { } length)
            {
                var whole = new byte[length <= maxBytes ? length : throw TooLarge()];
                await body.ReadExactlyAsync(whole, cancellationToken).ConfigureAwait(false);
                return whole;
            }

            var parts = new ArrayBufferWriter<byte>();
            while (await body.ReadAsync(parts.GetMemory(65_536), cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                parts.Advance(read);
                if (parts.WrittenCount > maxBytes)
                {
                    throw TooLarge();
                }
            }

            return parts.WrittenSpan.ToArray();
        }

        KvException TooLarge() => new($"The response is larger than {maxBytes} bytes, the maximum.");
    }
}

/// <summary>A value as the server returns it.</summary>
internal sealed record RawEntry(byte[] Blob, string ETag, bool IsText, DateTimeOffset? ExpiresAt, bool Once);
