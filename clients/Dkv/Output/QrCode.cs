using System.Text;
using QRCoder;

namespace DumbKv.CommandLine.Output;

/// <summary>A QR code of half blocks on standard error, so that standard output has only the link.</summary>
internal static class QrCode
{
    private const string BlackOnWhite = "\e[30;107m";
    private const string Reset = "\e[0m";

    public static void Draw(string text)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        StandardStream.Error.Write(Format(code, colors: StandardStream.Error.IsTerminal && Environment.GetEnvironmentVariable("NO_COLOR") is not { Length: > 0 }));
    }

    /// <summary>Two rows of modules on a line. Without colors, the blocks are the light modules, for terminals with light text on dark.</summary>
    /// <param name="code">With its quiet zone.</param>
    /// <param name="colors">Black modules on white, on any terminal.</param>
    private static string Format(QRCodeData code, bool colors)
    {
        var rows = code.ModuleMatrix;
        var text = new StringBuilder();
        for (var row = 0; row < rows.Count; row += 2)
        {
            text.Append(colors ? BlackOnWhite : "");
            for (var column = 0; column < rows[row].Count; column++)
            {
                // A missing last row is light.
                var (upper, lower) = (rows[row][column], row + 1 < rows.Count && rows[row + 1][column]);
                text.Append((upper == colors, lower == colors) switch
                {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    _ => ' ',
                });
            }

            text.Append(colors ? Reset : "").Append('\n');
        }

        return text.ToString();
    }
}
