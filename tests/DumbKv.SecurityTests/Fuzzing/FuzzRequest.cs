using System.Text;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>What is sent, each character a byte (Latin-1), so that it can be anything but HTTP.</summary>
/// <param name="Text">The bytes.</param>
/// <param name="Framed">It is one request whose end a server cannot mistake: exactly one answer comes. Of others, any number.</param>
/// <param name="Head">Its answer has no body.</param>
public sealed record FuzzRequest(string Text, bool Framed, bool Head)
{
    private const int Shown = 600;

    public byte[] ToBytes() => Encoding.Latin1.GetBytes(Text);

    /// <summary>For a failure's message: what is no printable ASCII is escaped, and the middle of a long one is left out.</summary>
    public override string ToString()
    {
        var shown = Text.Length <= Shown ? Text : $"{Text[..(Shown / 2)]}<{Text.Length - Shown} bytes left out>{Text[^(Shown / 2)..]}";
        var escaped = new StringBuilder();
        foreach (var character in shown)
        {
            _ = character switch
            {
                '\r' => escaped.Append("\\r"),
                '\n' => escaped.Append("\\n\n"),
                >= ' ' and <= '~' => escaped.Append(character),
                _ => escaped.Append($"\\x{(int)character:x2}"),
            };
        }

        return escaped.ToString();
    }
}
