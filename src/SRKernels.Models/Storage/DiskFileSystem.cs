namespace SRKernels.Models.Storage;

/// <summary>The computer's file system.</summary>
internal sealed class DiskFileSystem : IFileSystem
{
    private const int Tries = 5;

    public static DiskFileSystem Instance { get; } = new();

    public string Target(string path)
    {
        if (FileFacts.Of(path) is { Kind: not FileKind.Regular } there) throw new IOException($"'{path}' is {there.Description}");
        return FilePath.Real(path);
    }

    public Stream Create(string folder, string target, out string name)
    {
        var mode = !OperatingSystem.IsWindows() && File.Exists(target) ? File.GetUnixFileMode(target) : (UnixFileMode?)null;
        for (var left = Tries; ; left--)
        {
            name = Path.Combine(folder, Leftovers.NewTemporaryName());
            try
            {
                // Held open, and so locked, until it is renamed: by that others know that it is not left over.
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Delete, BufferSize = 64 * 1024 };
                // From the first byte: what is private must not be readable for a moment.
                if (!OperatingSystem.IsWindows() && mode is { } private_) options.UnixCreateMode = private_;
                var stream = new FileStream(name, options);
                if (!OperatingSystem.IsWindows() && mode is { } exact) File.SetUnixFileMode(stream.SafeFileHandle, exact);
                // Another run that clears up may have come between its making and its lock.
                if (left == 0 || FileFacts.IsStillNamed(stream.SafeFileHandle, name)) return stream;
                stream.Dispose();
            }
            catch (IOException e) when (left > 0 && Leftovers.IsLockedByAnother(e))
            {
                // As above, while it was being locked.
            }
        }
    }

    public void Flush(Stream file) => ((FileStream)file).Flush(flushToDisk: true);

    public void Rename(string from, string to, bool replace) => File.Move(from, to, replace);

    public void FlushFolder(string folder)
    {
        if (!OperatingSystem.IsWindows()) Posix.FlushFolder(folder);
    }

    public void Delete(string path) => File.Delete(path);
}
