using System.Globalization;

namespace DumbKv.TestHarness;

/// <summary>Everything that a running process can write to: its heaps, stacks and buffers.</summary>
internal static class ProcessMemory
{
    public const string Place = "memory";

    private const int ChunkBytes = 4 * 1024 * 1024;

    /// <summary>No form of a secret is longer.</summary>
    private const int OverlapBytes = 4 * 1024;

    public static async Task AddMemoryAsync(this Evidence evidence, int processId)
    {
        await using var memory = new FileStream($"/proc/{processId}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var chunk = new byte[ChunkBytes];
        foreach (var line in await File.ReadAllLinesAsync($"/proc/{processId}/maps"))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!fields[1].StartsWith("rw", StringComparison.Ordinal))
            {
                continue;
            }

            var bounds = fields[0].Split('-').Select(bound => long.Parse(bound, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            for (var at = bounds[0]; at < bounds[1]; at += ChunkBytes - OverlapBytes)
            {
                var length = ReadAt(memory, at, chunk.AsSpan(0, (int)Math.Min(ChunkBytes, bounds[1] - at)));
                var bytes = chunk.AsSpan(0, length).TrimEnd((byte)0).TrimStart((byte)0);
                if (bytes.Length > 0)
                {
                    evidence.Add(Place, fields.Length > 5 ? fields[5] : "anonymous", bytes.ToArray());
                }
            }
        }
    }

    private static int ReadAt(FileStream memory, long address, Span<byte> chunk)
    {
        try
        {
            return RandomAccess.Read(memory.SafeFileHandle, chunk, address);
        }
        catch (IOException)
        {
            return 0; // The process has released it since.
        }
    }
}
