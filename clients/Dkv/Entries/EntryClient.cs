using System.CommandLine;
using System.Text.Unicode;
using DumbKv.Client;
using DumbKv.CommandLine.Commands;
using DumbKv.CommandLine.Configuration;
using DumbKv.CommandLine.Secrets;

namespace DumbKv.CommandLine.Entries;

/// <summary>The calls for one entry, end-to-end or plain.</summary>
internal sealed class EntryClient : IDisposable
{
    private const int MaxFileBytes = 1_024; // Of the description of a file.

    private readonly HttpClient _http;
    private readonly DumbKvClient _plain;
    private readonly EndToEndClient? _endToEnd; // Null: a plain entry.
    private readonly string? _whyNoToken;

    private EntryClient(HttpClient http, Target target, string? passphrase, string? token, string? whyNoToken)
    {
        _http = http;
        _plain = new DumbKvClient(http, new DumbKvClientOptions { Token = token });
        _endToEnd = target.Key is { } key ? _plain.EndToEnd(key, passphrase) : null;
        _whyNoToken = whyNoToken;
        Target = target;
        HasPassphrase = passphrase is not null;
    }

    public Target Target { get; }

    public bool HasPassphrase { get; }

    public int MaxBytes => _endToEnd is null ? DumbKvClient.MaxValueBytes : EndToEndClient.MaxContentBytes;

    /// <summary>For a command with the argument KEY.</summary>
    /// <param name="call">The command line.</param>
    /// <param name="key">KEY. Null: it was not given.</param>
    /// <param name="links">Whether KEY can be a link.</param>
    /// <param name="writes">The command stores a value: it makes a key where there is none, and asks twice for a passphrase.</param>
    /// <param name="cancellationToken">Ends the wait for the user.</param>
    public static async Task<EntryClient> OpenAsync(ParseResult call, string? key, bool links, bool writes, CancellationToken cancellationToken)
    {
        var settings = new ClientSettings(call);
        var target = await new TargetResolver(call, settings).ResolveAsync(key, links, makesKey: writes, cancellationToken);
        return await OpenAsync(call, settings, target, writes, cancellationToken);
    }

    public static async Task<EntryClient> OpenAsync(ParseResult call, ClientSettings settings, Target target, bool writes, CancellationToken cancellationToken)
    {
        var http = Connection.Create(target.Server, call.GetValue(SharedOptions.CaCert), call.GetValue(SharedOptions.InsecureHttp));
        try
        {
            var passphrase = await ReadPassphraseAsync(call, settings, target, writes, cancellationToken);
            var (token, whyNot) = await settings.ReadTokenAsync(target.Server, cancellationToken);
            return new EntryClient(http, target, passphrase, token, whyNot);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    public Task<KvEntry?> GetAsync(CancellationToken cancellationToken) => ExplainToken(
        _endToEnd?.GetAsync(Target.Database, cancellationToken) ?? _plain.GetAsync(Target.PlainKey!, Target.Database, cancellationToken));

    public Task<KvMetadata?> PeekAsync(CancellationToken cancellationToken) => ExplainToken(
        _endToEnd?.PeekAsync(Target.Database, cancellationToken) ?? _plain.PeekAsync(Target.PlainKey!, Target.Database, cancellationToken));

    public Task DeleteAsync(string? ifMatch, CancellationToken cancellationToken) => ExplainToken(Completed(
        _endToEnd?.DeleteAsync(Target.Database, ifMatch, cancellationToken) ?? _plain.DeleteAsync(Target.PlainKey!, Target.Database, ifMatch, cancellationToken)));

    /// <returns>The ETag.</returns>
    public Task<string> SetAsync(ReadOnlyMemory<byte> value, SetOptions options, E1File? file, CancellationToken cancellationToken)
    {
        options = options with { Database = Target.Database };
        if (_endToEnd is not null && value.Length > MaxBytes - MaxFileBytes && (file is not null || !Utf8.IsValid(value.Span)))
        {
            throw new CommandException($"A named file, or a value that is not UTF-8, can have at most {MaxBytes - MaxFileBytes:N0} bytes.");
        }

        return ExplainToken(_endToEnd?.SetAsync(value, options, file, cancellationToken)
            ?? (Utf8.IsValid(value.Span) ? _plain.SetUtf8Async(Target.PlainKey!, value, options, cancellationToken)
                : _plain.SetAsync(Target.PlainKey!, value, options, cancellationToken)));
    }

    public Uri Link => _endToEnd?.LinkFor(Target.Server, Target.Database) ?? PlainLink.Format(Target.Server, Target.Database, Target.PlainKey!);

    public void Dispose() => _http.Dispose();

    private static async Task<bool> Completed(Task task)
    {
        await task;
        return true;
    }

    private async Task<T> ExplainToken<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (KvUnauthorizedException exception) when (_whyNoToken is not null)
        {
            throw new CommandException($"{exception.Message} {_whyNoToken}", ExitCodes.NotAllowed);
        }
    }

    private static async Task<string?> ReadPassphraseAsync(
        ParseResult call, ClientSettings settings, Target target, bool writes, CancellationToken cancellationToken)
    {
        const string Otherwise = "Use --passphrase-file or DKV_PASSPHRASE.";
        var (hasFile, asks) = (call.GetValue(SharedOptions.PassphraseFile) is not null, call.GetValue(SharedOptions.PassphrasePrompt));
        if (hasFile && asks)
        {
            throw CommandException.Usage("Give --passphrase-file or --passphrase-prompt and not both.");
        }

        if (target.Key is null || target.NeedsPassphrase == false)
        {
            return hasFile || asks
                ? throw CommandException.Usage(target.Key is null ? "A plain entry has no passphrase." : "This link needs no passphrase.")
                : null;
        }

        if (asks && writes)
        {
            return await SecretPrompt.ReadTwiceAsync("Passphrase: ", "The same passphrase again: ", "passphrase", Otherwise, cancellationToken);
        }

        return asks ? await SecretPrompt.ReadAsync("Passphrase: ", "passphrase", Otherwise, cancellationToken)
            : await settings.ReadPassphraseAsync(target.Server, cancellationToken) is { } passphrase ? passphrase
            : target.NeedsPassphrase == true ? await SecretPrompt.ReadAsync("Passphrase: ", "passphrase", Otherwise, cancellationToken)
            : null;
    }
}
