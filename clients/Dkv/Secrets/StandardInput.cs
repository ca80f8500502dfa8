using DumbKv.CommandLine.Native;

namespace DumbKv.CommandLine.Secrets;

/// <summary>Standard input, which can hold one thing: the value, the key, the passphrase or the token.</summary>
internal static class StandardInput
{
    private static string? _content;

    public static Stream Open(string content)
    {
        if (_content is not null)
        {
            throw CommandException.Usage($"Standard input cannot be both the {_content} and the {content}. Use a file for one of them, such as /dev/fd/3.");
        }

        if (!Libc.IsInherited(0))
        {
            throw CommandException.Usage($"Standard input is closed, so the {content} cannot be read from it.");
        }

        _content = content;
        return Console.OpenStandardInput();
    }
}
