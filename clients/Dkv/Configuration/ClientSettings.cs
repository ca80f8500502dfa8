using System.CommandLine;
using DumbKv.Client.Http;
using DumbKv.CommandLine.Commands;
using DumbKv.CommandLine.Secrets;

namespace DumbKv.CommandLine.Configuration;

/// <summary>What the options, the environment and the configuration file say, in this order.</summary>
internal sealed class ClientSettings
{
    private const string UrlVariable = "DKV_URL";
    private const string KeyVariable = "DKV_KEY";
    private const string TokenVariable = "DKV_TOKEN";
    private const string TokenFileVariable = "DKV_TOKEN_FILE";
    private const string PassphraseVariable = "DKV_PASSPHRASE";

    private readonly ParseResult _call;
    private readonly ConfigurationFile _file = ConfigurationFile.Load();
    private readonly Uri? _fileUrl;

    public ClientSettings(ParseResult call)
    {
        _call = call;
        _fileUrl = _file.Url is { } url ? ServerAddress.Parse(url, $"url in {_file.Path}") : null;
        Server = call.GetValue(SharedOptions.Url) is { } option ? ServerAddress.Parse(option, "--url")
            : Variable(UrlVariable) is { } variable ? ServerAddress.Parse(variable, UrlVariable)
            : _fileUrl;
    }

    /// <summary>The variables that <c>dkv run</c> does not pass on.</summary>
    public static IReadOnlyList<string> SecretVariables { get; } = [KeyVariable, PassphraseVariable, TokenVariable];

    /// <summary>Null: none is configured.</summary>
    public Uri? Server { get; }

    public Uri RequiredServer => Server
        ?? throw CommandException.Usage($"Name the server: --url https://dumbkv.example.com, {UrlVariable}, or url in {_file.Path}");

    public int Database => _call.GetValue(SharedOptions.Database) ?? _file.Database ?? 0;

    /// <returns>The base key. Null: none is configured.</returns>
    public async Task<(string Key, string Source)?> ReadKeyAsync(CancellationToken cancellationToken) =>
        _call.GetValue(SharedOptions.KeyFile) is { } file ? (await SecretFile.ReadAsync(file, "key", cancellationToken), "--key-file")
            : Variable(KeyVariable) is { } key ? (key, KeyVariable)
            : _file.KeyFile is { } configured ? (await SecretFile.ReadAsync(configured, "key", cancellationToken), $"key_file in {_file.Path}")
            : null;

    /// <summary>
    /// The passphrase of --passphrase-file or DKV_PASSPHRASE. The variable is only for the configured server: the server of a link could
    /// guess the passphrase by the id that is derived from it.
    /// </summary>
    public async Task<string?> ReadPassphraseAsync(Uri server, CancellationToken cancellationToken) =>
        _call.GetValue(SharedOptions.PassphraseFile) is not { } file ? (Server is not null && ServerAddress.IsSame(Server, server) ? Variable(PassphraseVariable) : null)
            : await SecretFile.ReadAsync(file, "passphrase", cancellationToken) is { Length: > 0 } passphrase ? passphrase
            : throw CommandException.Usage($"The passphrase in {SecretFile.NameOf(file)} is empty.");

    /// <summary>
    /// The token for a server. A link can lead to any server, and a token is sent only to the server that it is configured for: the one
    /// of --url, DKV_URL or the configuration.
    /// </summary>
    /// <returns>The token, or why one that is configured is not sent.</returns>
    public async Task<(string? Token, string? WhyNot)> ReadTokenAsync(Uri server, CancellationToken cancellationToken)
    {
        var (owner, file, token) = _call.GetValue(SharedOptions.TokenFile) is { } option ? (Server, option, null)
            : Variable(TokenVariable) is { } variable ? (Server, null, variable)
            : Variable(TokenFileVariable) is { } variableFile ? (Server, variableFile, null)
            : (_fileUrl, _file.TokenFile, (string?)null);
        if (file is null && token is null)
        {
            return (null, null);
        }

        if (owner is null || !ServerAddress.IsSame(owner, server))
        {
            return (null, $"The configured token was not sent, because it is not for this server. If it is, name the server: --url {server}");
        }

        token ??= await SecretFile.ReadAsync(file!, "token", cancellationToken);
        return KvHttp.IsToken(token)
            ? (token, null)
            : throw CommandException.Usage("The token is empty, or has characters that no token has.");
    }

    // An empty variable counts as not set, because some tools cannot remove one.
    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
