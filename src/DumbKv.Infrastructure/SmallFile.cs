using DumbKv.Infrastructure.Storage.Sqlite.Files;

namespace DumbKv.Infrastructure;

/// <summary>Reads a file that a setting names. The path can lead to anything: a directory, a pipe that never ends, a huge file.</summary>
public static class SmallFile
{
    private const int PartBytes = 4_096;

    /// <summary>The content of the file. If the file is larger than <paramref name="maxBytes"/>, more than that many bytes, but not all.</summary>
    /// <exception cref="IOException">The file does not exist, cannot be opened, or is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">This user cannot read the file.</exception>
    public static byte[] Read(string path, int maxBytes)
    {
        using var file = PosixFiles.OpenToRead(path);
        if (FileStatus.Of(file) is { IsRegular: false })
        {
            throw new IOException("It is not a regular file.");
        }

        using var content = new MemoryStream();
        Span<byte> part = stackalloc byte[PartBytes];
        while (content.Length <= maxBytes && RandomAccess.Read(file, part, content.Length) is > 0 and var length)
        {
            content.Write(part[..length]);
        }

        return content.ToArray();
    }
}
