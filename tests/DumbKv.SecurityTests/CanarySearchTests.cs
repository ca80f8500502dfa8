using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DumbKv.SecurityTests;

/// <summary>A search that finds nothing proves something only if it finds planted secrets.</summary>
public sealed class CanarySearchTests
{
    private static readonly Dictionary<string, Func<byte[], byte[]>> Writers = new()
    {
        ["raw"] = secret => secret,
        ["in lower case"] = secret => Latin1(Encoding.Latin1.GetString(secret).ToLowerInvariant()),
        ["UTF-16LE"] = secret => Encoding.Unicode.GetBytes(Encoding.Latin1.GetString(secret)),
        ["UTF-16BE"] = secret => Encoding.BigEndianUnicode.GetBytes(Encoding.Latin1.GetString(secret)),
        ["HEX"] = secret => Latin1(Convert.ToHexString(secret)),
        ["hex"] = secret => Latin1(Convert.ToHexStringLower(secret)),
        ["percent-encoded"] = secret => Latin1(string.Concat(secret.Select(b => "%" + b.ToString("x2", CultureInfo.InvariantCulture)))),
        ["JSON-escaped"] = secret => Latin1(string.Concat(secret.Select(b => @"\u" + ((int)b).ToString("x4", CultureInfo.InvariantCulture)))),
        ["SHA-256"] = SHA256.HashData,
        ["SHA-256 in hex"] = secret => Latin1(Convert.ToHexStringLower(SHA256.HashData(secret))),
        ["SHA-256 in base64"] = secret => Latin1(Convert.ToBase64String(SHA256.HashData(secret))),
    };

    private static IEnumerable<string> Forms => Writers.Keys;

    [Test]
    public void A_secret_is_found_in_each_form_at_any_position([ValueSource(nameof(Forms))] string form, [Values] bool isText)
    {
        var (canaries, secret) = OneAmongOthers(isText);
        var written = Writers[form](secret.Bytes);

        for (var offset = 0; offset < 4; offset++)
        {
            canaries.FindIn([.. RandomNumberGenerator.GetBytes(1_000 + offset), .. written, .. RandomNumberGenerator.GetBytes(1_000)])
                .Should().OnlyContain(hit => hit.StartsWith("the secret,", StringComparison.Ordinal)).And.NotBeEmpty();
        }
    }

    [Test]
    public void A_secret_is_found_in_base64_at_any_offset_of_the_encoded_bytes([Values(0, 1, 2, 3, 100)] int before, [Values(0, 1, 2, 50)] int after, [Values] bool isText, [Values] bool isForUrls)
    {
        var (canaries, secret) = OneAmongOthers(isText);
        byte[] document = [.. RandomNumberGenerator.GetBytes(before), .. secret.Bytes, .. RandomNumberGenerator.GetBytes(after)];

        var written = isForUrls ? System.Buffers.Text.Base64Url.EncodeToString(document) : Convert.ToBase64String(document);

        canaries.FindIn(Latin1($"x{written}=")).Should().NotBeEmpty();
    }

    [Test]
    public void A_dressed_word_is_found_in_JSON_a_form_and_HTML()
    {
        var (canaries, secret) = OneAmongOthers(isText: true);
        string[] documents = [JsonSerializer.Serialize(secret.Dressed), Uri.EscapeDataString(secret.Dressed), WebUtility.UrlEncode(secret.Dressed), WebUtility.HtmlEncode(secret.Dressed)];

        documents.Should().OnlyContain(document => canaries.FindIn(Latin1(document)).Length > 0);
    }

    [Test]
    public void Nothing_is_found_in_text_without_secrets()
    {
        var (canaries, secret) = OneAmongOthers(isText: true);
        byte[] nearly = [.. secret.Bytes[..^1], (byte)'!'];

        canaries.FindIn([.. RandomNumberGenerator.GetBytes(1_000_000), .. nearly]).Should().BeEmpty();
    }

    private static (Canaries All, Canary Secret) OneAmongOthers(bool isText)
    {
        var canaries = new Canaries();
        canaries.Word("another word");
        canaries.Random("other bytes");
        return (canaries, isText ? canaries.Word("the secret") : canaries.Random("the secret"));
    }

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);
}
