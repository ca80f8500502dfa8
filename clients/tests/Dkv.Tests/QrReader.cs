using ZXing;
using ZXing.QrCode;

namespace DumbKv.CommandLine.Tests;

/// <summary>Reads a QR code of half blocks. The blocks are light, as in a terminal with light text on dark.</summary>
internal static class QrReader
{
    private const int ModulePixels = 4;

    public static string? Read(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        var (width, height) = (lines[0].Length * ModulePixels, lines.Length * 2 * ModulePixels);
        var pixels = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (row, block) = (y / ModulePixels, lines[y / ModulePixels / 2][x / ModulePixels]);
                pixels[(y * width) + x] = block == '█' || block == (row % 2 == 0 ? '▀' : '▄') ? byte.MaxValue : (byte)0;
            }
        }

        var image = new BinaryBitmap(new ZXing.Common.HybridBinarizer(new RGBLuminanceSource(pixels, width, height, RGBLuminanceSource.BitmapFormat.Gray8)));
        return new QRCodeReader().decode(image)?.Text;
    }
}
