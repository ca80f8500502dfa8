using System.CommandLine;
using DumbKv.Client;
using DumbKv.CommandLine.Output;
using DumbKv.CommandLine.Secrets;
using DumbKv.CommandLine.Terminals;

namespace DumbKv.CommandLine.Commands;

/// <summary>Where get and open write a value: a file, standard output as bytes or as JSON, or the terminal.</summary>
internal sealed class ValueOutput : IDisposable
{
    public static readonly Option<string> Out = new("--out") { Description = "Write to a file that only you can read. Default: standard output", HelpName = "FILE" };

    private readonly OutputFile? _file;
    private readonly bool _isJson;

    private ValueOutput(OutputFile? file, bool isJson)
    {
        _file = file;
        _isJson = isJson;
    }

    /// <summary>Call it before the value is read: a file that cannot be written must not cost a read-once value.</summary>
    public static ValueOutput Open(ParseResult call)
    {
        var file = call.GetValue(Out) is { } path and not SecretFile.Dash ? OutputFile.Create(path) : null;
        if (file is null)
        {
            StandardStream.Output.ThrowIfClosed();
        }

        return new ValueOutput(file, call.GetValue(SharedOptions.Json));
    }

    public async Task WriteAsync(KvEntry entry, CancellationToken cancellationToken)
    {
        if (_isJson)
        {
            var json = JsonOutput.Format(writer => Describe(writer, entry)).ToArray();
            await WriteAsync(json, cancellationToken);
        }
        else if (_file is null && StandardStream.Output.IsTerminal)
        {
            await ShowAsync(entry, cancellationToken);
        }
        else
        {
            await WriteAsync(entry.Bytes, cancellationToken);
        }
    }

    public void Dispose() => _file?.Dispose();

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_file is not null)
        {
            _file.Save(bytes.Span);
        }
        else
        {
            // The write waits for the reader of a pipe. A signal must end the command during the wait too.
            await Task.Run(() => StandardStream.Output.Write(bytes.Span), CancellationToken.None).WaitAsync(cancellationToken);
        }
    }

    private static void Describe(System.Text.Json.Utf8JsonWriter json, KvEntry entry)
    {
        if (entry.IsText)
        {
            json.WriteString("value", entry.Bytes.Span);
            json.WriteString("encoding", "text");
        }
        else
        {
            json.WriteBase64String("value", entry.Bytes.Span);
            json.WriteString("encoding", "base64");
        }

        json.WriteString("etag", entry.ETag);
        json.WriteBoolean("once", entry.Once);
        json.WriteTime("expires_at", entry.ExpiresAt);
        if (entry.File?.SafeName is { } name)
        {
            json.WriteString("name", name);
        }

        if (entry.File?.Type is { } type)
        {
            json.WriteString("type", type);
        }

        json.WriteTime("time", entry.File?.Time);
    }

    /// <summary>For a person. The text of a sender could control the terminal, and bytes are not readable.</summary>
    private static async Task ShowAsync(KvEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Text is not { } text)
        {
            await SaveAsync(entry, cancellationToken);
            return;
        }

        StandardStream.Output.Write(DisplayText.Lines(text, out var changed));
        if (text.Length > 0 && text[^1] != '\n')
        {
            // Standard output has exactly the value.
            StandardStream.Error.Write("\n");
        }

        if (changed)
        {
            Messages.Warn("The value has control characters, which are shown as \\u and a number. --out FILE or a pipe gets the exact bytes.");
        }
    }

    private static async Task SaveAsync(KvEntry entry, CancellationToken cancellationToken)
    {
        var claimed = entry.File?.SafeName is { } name ? $" The sender calls it {name}." : "";
        using var terminal = Terminal.TryOpen();
        if (terminal is null)
        {
            SaveInNewFile(entry);
            return;
        }

        terminal.Write(DisplayText.OneLine($"The value is a file of {entry.Bytes.Length:N0} bytes.{claimed}") + "\n");
        while (true)
        {
            var path = await terminal.ReadLineAsync("Save it as: ", cancellationToken);
            if (path is null)
            {
                SaveInNewFile(entry);
                return;
            }

            if (path.Length == 0)
            {
                continue;
            }

            try
            {
                using var file = OutputFile.Create(path, replace: false);
                file.Save(entry.Bytes.Span);
                return;
            }
            catch (CommandException exception)
            {
                terminal.Write($"{DisplayText.OneLine(exception.Message)}\n");
            }
        }
    }

    /// <summary>For a value that is not text, if there is no terminal to ask for a name. The value may have been read-once, so it must not be lost.</summary>
    private static void SaveInNewFile(KvEntry entry)
    {
        var path = Path.GetFullPath($"dkv-{Path.GetRandomFileName()}");
        using var file = OutputFile.Create(path, replace: false);
        file.Save(entry.Bytes.Span);
        Messages.Warn($"The value is not text. It is in {path}");
    }
}
