using DumbKv.Application;

namespace DumbKv.Web.Tokens;

/// <summary>
/// Reads TOKENS_FILE again and again, and replaces the tokens when its content changes. It reads the whole file each time, because
/// that finds every kind of change: a link that leads to another file (a Secret of Kubernetes), a rename over the file, and a rewrite
/// that leaves size and time as they were. The file is small, and a notification could get lost or not exist.
/// </summary>
/// <remarks>While the file cannot be used, the tokens stay as they were: an unfinished edit must not lock everyone out.</remarks>
internal sealed partial class TokensFileWatcher(TokenStore tokens, KvMetrics metrics, TimeProvider time, ILogger<TokensFileWatcher> logger) : BackgroundService
{
    /// <summary>A revoked token is refused within five seconds, with a reserve for a slow machine.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private byte[]? _content;
    private string? _problem;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (tokens.File is not { } file)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            ReadAgain(file);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void ReadAgain(string file)
    {
        var problem = TryReadAgain(file);
        if (problem is not null && problem != _problem)
        {
            LogProblem(file, problem);
        }
        else if (problem is null && _problem is not null)
        {
            LogRepaired(file);
        }

        _problem = problem;
        metrics.SetTokensFileInvalid(problem is not null);
    }

    /// <summary>Null, or what is wrong with the file.</summary>
    private string? TryReadAgain(string file)
    {
        try
        {
            var content = TokensFile.ReadBytes(file);
            if (_content is null || !content.AsSpan().SequenceEqual(_content))
            {
                var isFirst = _content is null;
                var read = TokensFile.Parse(content, tokens.WriteTokens);
                tokens.Replace(read);
                _content = content;
                if (!isFirst)
                {
                    LogReplaced(file, read.Count);
                }
            }

            return null;
        }
        catch (TokensFileException exception)
        {
            return exception.Message;
        }
    }

    [LoggerMessage(LogLevel.Information, "TOKENS_FILE {File} has changed. Number of tokens now: {Count}")]
    private partial void LogReplaced(string file, int count);

    [LoggerMessage(LogLevel.Error, "The tokens that were read before stay valid, because TOKENS_FILE {File} {Problem}")]
    private partial void LogProblem(string file, string problem);

    [LoggerMessage(LogLevel.Information, "TOKENS_FILE {File} can be used again")]
    private partial void LogRepaired(string file);
}
