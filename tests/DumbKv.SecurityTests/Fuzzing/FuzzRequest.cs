using System.Text;

namespace DumbKv.SecurityTests.Fuzzing;

/// <summary>The bytes to send, one for each character (Latin-1), so that they can be anything, valid HTTP or not.</summary>
/// <param name="Text">The bytes.</param>
/// <param name="Framed">It is one request with an unambiguous end, so there is exactly one response. Otherwise there can be any number.</param>
/// <param name="Head">The response has no body.</param>
public sealed record FuzzRequest(string Text, bool Framed, bool Head)
{
    private const int Shown = 600;

    public byte[] ToBytes() => Encoding.Latin1.GetBytes(Text);

    /// <summary>For the message of a failure: characters other than printable ASCII are escaped, and the middle of a long request is left out.</summary>
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
