using DumbKv.TestHarness;

namespace DumbKv.BrowserTests;

/// <summary>The page's own QR codes, read by another implementation.</summary>
public sealed class QrCodeTests() : BrowserTest(StoreKind.Sqlite)
{
    // The most bytes that versions 1 to 40 hold in byte mode at error correction level M (ISO/IEC 18004, table 7).
    private static readonly int[] Capacities =
    [
        14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
        711, 779, 857, 911, 997, 1_059, 1_125, 1_190, 1_264, 1_370, 1_452, 1_538, 1_628, 1_722, 1_809, 1_911, 1_989, 2_099, 2_213, 2_331,
    ];

    [Test]
    public async Task Codes_of_every_version_read_back_and_have_the_smallest_version_that_fits()
    {
        await OpenAsync();

        foreach (var (capacity, version) in Capacities.Select((capacity, index) => (capacity, index + 1)))
        {
            foreach (var (length, expected) in new[] { (capacity, version), (capacity + 1, version + 1) })
            {
                var text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('!' + (i * 31 + length) % 94)));
                var modules = await DrawAsync(text);
                if (expected > 40)
                {
                    modules.Should().BeNull("the longest code has 2,331 bytes");
                    continue;
                }

                modules.Should().HaveCount(4 * expected + 17);
                var read = QrCodes.Read(modules!);
                (read?.Text).Should().Be(text, "version {0}", expected);
                read!.ResultMetadata[ZXing.ResultMetadataType.ERROR_CORRECTION_LEVEL].Should().Be("M");
            }
        }
    }

    [TestCase("")]
    [TestCase("https://kv.example/#key=e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw&database=-2147483648&passphrase=1")]
    [TestCase("https://žluťoučký.example/🔑#key=e1-geb9-gpwd-ncgx-yp3y-bt3j-88xe-9crw")]
    [TestCase("0000000000000000000000000000000000000000")]
    public async Task Any_text_reads_back(string text)
    {
        await OpenAsync();

        (QrCodes.Read((await DrawAsync(text))!)?.Text).Should().Be(text);
    }

    private async Task<string[]?> DrawAsync(string text) => await Page.EvaluateAsync<string[]?>(
        """async text => (await import("/qr.mjs")).qrCode(text)?.map(row => row.map(dark => dark ? "1" : "0").join("")) ?? null""", text);
}
