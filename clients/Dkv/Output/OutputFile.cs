using DumbKv.CommandLine.Native;

namespace DumbKv.CommandLine.Output;

/// <summary>
/// A file that only its owner can read, and that appears under its name when it is complete. It is created before a value is read, so
/// that a read-once value is not lost to a wrong name.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly bool _replace;
    private FileStream? _stream;

    private OutputFile(string path, bool replace)
    {
        // The name of a link stays a link.
        _path = new FileInfo(path).LinkTarget is null ? Path.GetFullPath(path) : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        _replace = replace;
        if (Directory.Exists(_path))
        {
            throw CommandException.Usage($"{path} is a directory. Name a file.");
        }

        // A file would take the place of the device.
        if (SpecialFiles.IsOne(_path))
        {
            throw CommandException.Usage($"{path} is not a regular file. Use standard output instead.");
        }

        if (!replace && Path.Exists(_path))
        {
            throw CommandException.Usage($"{path} exists. Name another file.");
        }

        // In the same folder, because a file is renamed only within a file system.
        _temporary = Path.Combine(Path.GetDirectoryName(_path)!, $".{Path.GetRandomFileName()}.dkv");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _stream = new FileStream(_temporary, options);
    }

    /// <param name="path">The file.</param>
    /// <param name="replace">Whether an existing file is replaced.</param>
    public static OutputFile Create(string path, bool replace = true)
    {
        try
        {
            return new OutputFile(path, replace);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CommandException.Usage($"{path} cannot be written: {Reasons.Of(exception)}");
        }
    }

    public void Save(ReadOnlySpan<byte> content)
    {
        try
        {
            _stream!.Write(content);
            _stream.Flush(flushToDisk: true);
            _stream.Dispose();
            File.Move(_temporary, _path, _replace);
            _stream = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            throw new CommandException($"{_path} cannot be written: {Reasons.Of(exception)}");
        }
    }

    /// <summary>Leaves nothing behind if the file was not saved.</summary>
    public void Dispose()
    {
        if (_stream is not null)
        {
            _stream.Dispose();
            File.Delete(_temporary);
        }
    }
}
