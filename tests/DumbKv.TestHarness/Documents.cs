using System.Text;

namespace DumbKv.TestHarness;

/// <summary>The documents of the repository, whose commands the tests run.</summary>
public static class Documents
{
    private const string Fence = "```";

    /// <summary>The shell commands under a heading of a document, one string for each code block.</summary>
    public static IReadOnlyList<string> CommandsOf(string document, string heading)
    {
        var lines = File.ReadLines(Path.Combine(Repository.Root, document)).SkipWhile(line => line.TrimStart('#') != $" {heading}").Skip(1);
        var commands = new List<string>();
        StringBuilder? block = null;
        var isInBlock = false;
        foreach (var line in lines)
        {
            if (line.TrimStart() is var fence && fence.StartsWith(Fence, StringComparison.Ordinal))
            {
                isInBlock = !isInBlock;
                if (block is not null)
                {
                    commands.Add(block.ToString());
                }

                block = isInBlock && fence == Fence + "sh" ? new StringBuilder() : null;
            }
            else if (!isInBlock && line.StartsWith('#'))
            {
                break; // The next heading. In a block this is a comment.
            }
            else
            {
                block?.Append(line).Append('\n');
            }
        }

        return commands;
    }
}
