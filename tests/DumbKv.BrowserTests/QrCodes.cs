using Microsoft.Playwright;
using ZXing;
using ZXing.Common;

namespace DumbKv.BrowserTests;

/// <summary>Reads QR codes with a decoder that has nothing in common with the page's encoder.</summary>
internal static class QrCodes
{
    /// <param name="modules">Rows of "1" (dark) and "0", without the margin.</param>
    public static Result? Read(string[] modules)
    {
        const int Scale = 4;
        const int Margin = 4 * Scale;
        var width = modules.Length * Scale + 2 * Margin;
        var luminance = new byte[width * width];
        for (var y = 0; y < width; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (row, column) = ((y - Margin) / Scale, (x - Margin) / Scale);
                var dark = y >= Margin && x >= Margin && row < modules.Length && column < modules.Length && modules[row][column] == '1';
                luminance[y * width + x] = dark ? (byte)0 : (byte)255;
            }
        }

        return Decode(luminance, width, width, isPhoto: false);
    }

    /// <summary>Reads the code from a picture of the element, as a camera sees it.</summary>
    public static async Task<string?> ReadAsync(ILocator element)
    {
        var picture = Convert.ToBase64String(await element.ScreenshotAsync());

        // An empty page has no content security policy, so it can load the picture.
        var empty = await element.Page.Context.NewPageAsync();
        var pixels = await empty.EvaluateAsync<string[]>(
            """
            async picture => {
              const image = new Image();
              image.src = `data:image/png;base64,${picture}`;
              await image.decode();
              const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
              const context = canvas.getContext("2d");
              context.drawImage(image, 0, 0);
              const { data } = context.getImageData(0, 0, image.width, image.height);
              let text = "";
              for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]);
              return [btoa(text), String(image.width), String(image.height)];
            }
            """,
            picture);
        await empty.CloseAsync();
        return Decode(Convert.FromBase64String(pixels[0]), int.Parse(pixels[1]), int.Parse(pixels[2]), isPhoto: true)?.Text;
    }

    private static Result? Decode(byte[] luminance, int width, int height, bool isPhoto)
    {
        var reader = new BarcodeReaderGeneric
        {
            // The decoder does not find one of some hundred codes in a photo until it looks at the photo from another side.
            AutoRotate = isPhoto,
            Options = new DecodingOptions { PossibleFormats = [BarcodeFormat.QR_CODE], PureBarcode = !isPhoto, TryHarder = isPhoto, CharacterSet = "UTF-8" },
        };
        return reader.Decode(new RGBLuminanceSource(luminance, width, height, RGBLuminanceSource.BitmapFormat.Gray8));
    }
}
