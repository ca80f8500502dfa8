using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace DumbKv.Client.EndToEnd;

/// <summary>The encrypted value: docs/end-to-end.md, "What is sent".</summary>
/// <remarks>Encrypts and decrypts in place, because a value can have 64 MiB.</remarks>
internal static class E1Blob
{
    public const int MaxContentBytes = 66_060_285;

    private const byte Version = 1;
    private const byte End = 0x80;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int BodyStart = 1 + NonceBytes;
    private const int LengthBytes = sizeof(ushort);
    private const int MinBodyBytes = 256;

    /// <exception cref="ArgumentException">The content or the header is too large.</exception>
    public static byte[] Seal(E1Entry entry, ReadOnlySpan<byte> content, E1File? file)
    {
        var blob = Layout(content, E1Header.Encode(file));
        RandomNumberGenerator.Fill(blob.AsSpan(1, NonceBytes));
        Encrypt(entry, blob);
        return blob;
    }

    /// <summary>With a given nonce, for worked examples.</summary>
    internal static byte[] Seal(E1Entry entry, ReadOnlySpan<byte> content, ReadOnlySpan<byte> header, ReadOnlySpan<byte> nonce)
    {
        var blob = Layout(content, header);
        nonce.CopyTo(blob.AsSpan(1, NonceBytes));
        Encrypt(entry, blob);
        return blob;
    }

    /// <summary>Decrypts the blob in place.</summary>
    /// <returns>The content is part of the blob's memory.</returns>
    /// <exception cref="KvDamagedException">The blob is damaged or altered, or belongs to another key.</exception>
    public static (ReadOnlyMemory<byte> Content, E1File? File) Open(E1Entry entry, byte[] blob)
    {
        if (blob.Length < BodyStart + LengthBytes + 1 + TagBytes || blob[0] != Version)
        {
            throw new KvDamagedException();
        }

        var body = blob.AsMemory(BodyStart, blob.Length - BodyStart - TagBytes);
        using (var cipher = new AesGcm(entry.DataKey, TagBytes))
        {
            try
            {
                cipher.Decrypt(blob.AsSpan(1, NonceBytes), body.Span, blob.AsSpan(^TagBytes..), body.Span, entry.AssociatedData);
            }
            catch (AuthenticationTagMismatchException)
            {
                throw new KvDamagedException();
            }
        }

        var end = body.Span.LastIndexOfAnyExcept((byte)0);
        if (end < LengthBytes || body.Span[end] != End)
        {
            throw new KvDamagedException();
        }

        var contentStart = LengthBytes + BinaryPrimitives.ReadUInt16BigEndian(body.Span);
        if (contentStart > LengthBytes + E1Header.MaxBytes || contentStart > end)
        {
            throw new KvDamagedException();
        }

        return (body[contentStart..end], E1Header.Decode(body.Span[LengthBytes..contentStart]));
    }

    private static byte[] Layout(ReadOnlySpan<byte> content, ReadOnlySpan<byte> header)
    {
        if (content.Length > MaxContentBytes - header.Length)
        {
            throw new ArgumentException("The content and the description of the file together must not be larger than 66,060,285 bytes.", nameof(content));
        }

        var blob = new byte[BodyStart + PaddedLength(LengthBytes + header.Length + content.Length + 1) + TagBytes];
        blob[0] = Version;
        var body = blob.AsSpan(BodyStart);
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)header.Length);
        header.CopyTo(body[LengthBytes..]);
        content.CopyTo(body[(LengthBytes + header.Length)..]);
        body[LengthBytes + header.Length + content.Length] = End;
        return blob;
    }

    private static void Encrypt(E1Entry entry, byte[] blob)
    {
        using var cipher = new AesGcm(entry.DataKey, TagBytes);
        var body = blob.AsSpan(BodyStart, blob.Length - BodyStart - TagBytes);
        cipher.Encrypt(blob.AsSpan(1, NonceBytes), body, body, blob.AsSpan(^TagBytes..), entry.AssociatedData);
    }

    // Padmé (Nikitin et al., 2019): the length reveals at most O(log log n) bits.
    private static int PaddedLength(int length)
    {
        var least = Math.Max(MinBodyBytes, length);
        var exponent = BitOperations.Log2((uint)least);
        var step = 1 << (exponent - BitOperations.Log2((uint)exponent) - 1);
        return (least + step - 1) / step * step;
    }
}
