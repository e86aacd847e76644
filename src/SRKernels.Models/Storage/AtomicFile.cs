using SRKernels.Runtime;

namespace SRKernels.Models.Storage;

/// <summary>Writes a file wholly or not at all.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Lets <paramref name="write"/> fill a temporary file beside <paramref name="path"/>, then renames it to that name. On an exception or
    /// cancellation the temporary file is removed and what was at <paramref name="path"/> stays as it was.
    /// </summary>
    /// <param name="path">The file to make or replace; a symbolic link is followed.</param>
    /// <param name="write">Writes the contents; the stream is closed for it.</param>
    /// <param name="cancellation">Looked at before the first byte and before the rename.</param>
    /// <exception cref="SrkException">The folder is missing, full or not writable.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was changed.</exception>
    public static void Write(string path, Action<Stream> write, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        string? temporary = null;
        try
        {
            // Asking a name that does not exist yet for its link target throws.
            string target = (File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);
            // In the same folder, because a rename is atomic only within one file system.
            string name = Path.Combine(Path.GetDirectoryName(target) ?? ".",
                $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}.tmp");
            using (var stream = new FileStream(name, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 * 1024))
            {
                temporary = name;
                write(stream);
            }

            cancellation.ThrowIfCancellationRequested();
            File.Move(name, target, overwrite: true);
            temporary = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(path, "a file that can be written", e.Message,
                "check that the folder exists, is writable and has room", e);
        }
        finally
        {
            if (temporary is not null)
                Remove(temporary);
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here matters more than a left-over file with an obvious name.
        }
    }
}
