using SRKernels.Runtime;

namespace SRKernels.Models.Storage;

/// <summary>Writes a file wholly or not at all, also where the power fails.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Lets <paramref name="write"/> fill a temporary file beside <paramref name="path"/>, flushes it to the disk, renames it to that name and
    /// flushes the folder, which is made again if it was removed meanwhile. On an exception or cancellation the temporary file is removed and what was at <paramref name="path"/> stays as it was.
    /// </summary>
    /// <param name="path">The file to make or replace; a symbolic link is followed. A replaced file keeps its rights.</param>
    /// <param name="write">Writes the contents; the stream is closed for it.</param>
    /// <param name="cancellation">Looked at before the first byte and before the rename.</param>
    /// <param name="replace">Whether a file of that name is replaced; else one that is there at the end is an error.</param>
    /// <exception cref="SrkException">The folder is missing, full or not writable, or the name is that of something else than a file.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was changed.</exception>
    public static void Write(string path, Action<Stream> write, CancellationToken cancellation = default, bool replace = true) =>
        Write(path, write, DiskFileSystem.Instance, cancellation, replace);

    /// <summary>The file that writing to a path makes or replaces: the path itself, or what it is a link to.</summary>
    /// <param name="path">A name that need not exist.</param>
    /// <exception cref="SrkException">It is the name of something else than a file.</exception>
    public static string TargetOf(string path)
    {
        try
        {
            return DiskFileSystem.Instance.Target(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(path, "a file that can be written", e.Message, "name another file", e);
        }
    }

    internal static void Write(string path, Action<Stream> write, IFileSystem files, CancellationToken cancellation = default, bool replace = true)
    {
        cancellation.ThrowIfCancellationRequested();
        string? temporary = null;
        try
        {
            string target = files.Target(path);
            // In the same folder, because a rename is atomic only within one file system.
            string folder = Path.GetDirectoryName(target) ?? ".";
            using (var stream = files.Create(folder, target, out temporary))
            {
                write(stream);
                // Before the rename: a name that reaches the disk before the bytes is an empty file after a power cut.
                files.Flush(stream);
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    Rename(files, path, temporary, target, replace);
                }
                catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && stream.CanRead)
                {
                    // Its name is gone, most likely with the folder: the bytes are there as long as it is open.
                    temporary = null;
                    WriteAgain(files, path, stream, folder, target, replace, out temporary);
                }

                temporary = null;
            }

            files.FlushFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(path, "a file that can be written", e.Message,
                "check that the folder exists, is writable and has room", e);
        }
        // What the framework makes of EFBIG.
        catch (ArgumentOutOfRangeException e) when (e.ParamName == "value")
        {
            throw new SrkException(path, "a file that can grow to its size", "one that may not", "raise the limit (ulimit -f), or name a file on another file system", e);
        }
        finally
        {
            if (temporary is not null)
                Remove(files, temporary);
        }
    }

    private static void WriteAgain(IFileSystem files, string path, Stream written, string folder, string target, bool replace, out string? temporary)
    {
        Folders.Make(folder);
        using var stream = files.Create(folder, target, out temporary);
        written.Position = 0;
        written.CopyTo(stream);
        files.Flush(stream);
        Rename(files, path, temporary, target, replace);
    }

    private static void Rename(IFileSystem files, string path, string temporary, string target, bool replace)
    {
        try
        {
            files.Rename(temporary, target, replace);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw Replacing.Failed(path, target, replace, e);
        }
    }

    private static void Remove(IFileSystem files, string temporary)
    {
        try
        {
            files.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here matters more than a left-over file, which the next run clears.
        }
    }
}
