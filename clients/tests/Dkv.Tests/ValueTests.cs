using System.Security.Cryptography;
using System.Text;

namespace DumbKv.CommandLine.Tests;

public sealed class ValueTests
{
    private const int LargestContent = 66_060_285;
    private const int LargestValue = 67_108_864;

    private static readonly byte[][] Values =
    [
        [],
        [0],
        [1],
        [255],
        "text"u8.ToArray(),
        "with a final line break\n"u8.ToArray(),
        "\r\nWindows\r\n"u8.ToArray(),
        "\ufeffwith a byte order mark"u8.ToArray(),
        "a\0b"u8.ToArray(),
        [0xc3, 0x28, 0xff, 0x00, 0x80],
        [.. Enumerable.Range(0, 256).Select(number => (byte)number)],
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("ä€😀", 40_000))),
    ];

    [TestCaseSource(nameof(Values))]
    public async Task An_end_to_end_value_comes_out_exactly_as_it_went_in(byte[] value)
    {
        var key = await Dkv.NewKeyAsync();

        (await Dkv.RunAsync(["set"], value, ("DKV_KEY", key))).Succeeded().Output.Should().BeEmpty();

        (await Dkv.RunAsync(["get"], null, ("DKV_KEY", key))).Succeeded().Output.Should().Equal(value);
    }

    [TestCaseSource(nameof(Values))]
    public async Task A_plain_value_comes_out_exactly_as_it_went_in(byte[] value)
    {
        var key = await Dkv.NewPlainKeyAsync();

        (await Dkv.RunAsync(["set", "--plain"], value, ("DKV_KEY", key))).Succeeded();

        (await Dkv.RunAsync(["get", "--plain"], null, ("DKV_KEY", key))).Succeeded().Output.Should().Equal(value);
    }

    [TestCaseSource(nameof(Values))]
    public async Task A_file_comes_out_exactly_as_it_went_in(byte[] value)
    {
        using var folder = new TestFolder();
        await File.WriteAllBytesAsync(folder.File("in"), value);
        var key = await Dkv.NewKeyAsync();

        (await Dkv.RunAsync(["set", "--file", folder.File("in")], null, ("DKV_KEY", key))).Succeeded();
        (await Dkv.RunAsync(["get", "--out", folder.File("out")], null, ("DKV_KEY", key))).Succeeded().Output.Should().BeEmpty();

        (await File.ReadAllBytesAsync(folder.File("out"))).Should().Equal(value);
    }

    // The queue of writes holds 64 MB, so the server refuses other writes while this one waits.
    [Test]
    [NonParallelizable]
    public async Task The_largest_end_to_end_value_needs_memory_for_two_copies()
    {
        using var folder = new TestFolder();
        await File.WriteAllBytesAsync(folder.File("in"), LargeText(LargestContent));
        var key = await Dkv.NewKeyAsync();

        var set = await MeasureAsync(folder, "dkv set < in", key);
        var get = await MeasureAsync(folder, "dkv get > out", key);

        (await HashAsync(folder.File("out"))).Should().Be(await HashAsync(folder.File("in")));
        set.Should().BeLessThan(210, "it holds the value and the encrypted value, in MiB");
        get.Should().BeLessThan(210, "it decrypts in place, in MiB");
    }

    // The queue of writes holds 64 MB, so the server refuses other writes while this one waits.
    [Test]
    [NonParallelizable]
    public async Task The_largest_plain_value_needs_memory_for_two_copies()
    {
        using var folder = new TestFolder();
        await File.WriteAllBytesAsync(folder.File("in"), RandomNumberGenerator.GetBytes(LargestValue));
        var key = await Dkv.NewPlainKeyAsync();

        var set = await MeasureAsync(folder, "dkv set --plain --file in", key);
        var get = await MeasureAsync(folder, "dkv get --plain --out out", key);

        (await HashAsync(folder.File("out"))).Should().Be(await HashAsync(folder.File("in")));
        set.Should().BeLessThan(210, "in MiB");
        get.Should().BeLessThan(210, "in MiB");
    }

    [TestCase("--plain", LargestValue)]
    [TestCase("--json", LargestContent)]
    public async Task A_value_over_the_maximum_is_refused_before_it_is_sent(string option, int maximum)
    {
        using var folder = new TestFolder();
        await using (var file = File.Create(folder.File("in")))
        {
            file.SetLength(maximum + 1L);
        }

        var run = await Dkv.RunAsync(["set", "--file", folder.File("in"), option], null, ("DKV_KEY", option == "--plain" ? "some key" : await Dkv.NewKeyAsync()), ("DKV_URL", "http://127.0.0.1:1"));

        run.Failed(1).Error.Should().Contain($"larger than {maximum:N0} bytes");
    }

    [Test]
    public async Task What_set_stores_plain_curl_reads_and_what_curl_stores_get_reads()
    {
        using var folder = new TestFolder();
        var (first, second) = (await Dkv.NewPlainKeyAsync(), await Dkv.NewPlainKeyAsync());
        await File.WriteAllTextAsync(folder.File("request"), $$"""{"key": "{{first}}"}""");
        await File.WriteAllTextAsync(folder.File("second"), second);
        await File.WriteAllBytesAsync(folder.File("bytes"), [0, 1, 255]);

        var run = await Dkv.ShellAsync("""
            set -e
            printf 'grüße\n' | DKV_KEY=$FIRST dkv set --plain
            curl --silent --fail --header 'Content-Type: application/json' --data @request "${DKV_URL}kv"; echo
            curl --silent --fail --output /dev/null --request PUT --form 'key=<second' --form value=@bytes "${DKV_URL}kv"
            dkv get --plain --key-file second | od -An -tu1
            """, folder.Path, ("FIRST", first));

        run.Succeeded().Text.Should().Be("{\"value\":\"grüße\\n\"}\n   0   1 255\n");
    }

    private static byte[] LargeText(int length) => [.. Enumerable.Repeat((byte)'a', length - 1), (byte)'\n'];

    private static async Task<string> HashAsync(string file)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexString(await SHA256.HashDataAsync(stream));
    }

    /// <returns>The peak of the resident memory, in MiB.</returns>
    private static async Task<long> MeasureAsync(TestFolder folder, string command, string key)
    {
        const string Measure = "import resource, subprocess, sys; code = subprocess.call(['bash', '-c', 'exec ' + sys.argv[1]]); "
            + "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); sys.exit(code)";
        var run = await Dkv.RunAsync(["setsid", "python3", "-c", Measure, command], folder.Path, null, ("DKV_KEY", key));
        TestContext.Out.WriteLine($"{command}: {run.Text.Trim()} MiB");
        return long.Parse(run.Succeeded().Text);
    }
}
