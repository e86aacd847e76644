using SRKernels.Runtime;

namespace SRKernels.Models.Storage;

/// <summary>Folders for results.</summary>
public static class Folders
{
    /// <summary>Makes a folder with all above it that are missing, on the disk when it returns.</summary>
    /// <param name="folder">The folder; nothing happens where it exists.</param>
    /// <exception cref="SrkException">It cannot be made.</exception>
    public static void Make(string folder)
    {
        try
        {
            folder = FilePath.Full(folder);
            if (Directory.Exists(folder)) return;
            var above = NearestExisting(folder);
            Directory.CreateDirectory(folder);
            // Each new name stands in the folder above it.
            for (var at = Path.GetDirectoryName(folder); at is not null && at.Length >= above.Length; at = Path.GetDirectoryName(at))
                DiskFileSystem.Instance.FlushFolder(at);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(folder, "a folder that can be made", e.Message, "check the path and its permissions", e);
        }
    }

    /// <summary>Refuses a path whose names the file system there does not take, before anything is computed for it.</summary>
    /// <param name="path">A file or folder, its folders made or not.</param>
    /// <exception cref="SrkException">A name in it is too long.</exception>
    public static void CheckNames(string path)
    {
        var full = FilePath.Full(path);
        var existing = NearestExisting(Path.GetDirectoryName(full) ?? full);
        foreach (var name in Path.GetRelativePath(existing, full).Split(Path.DirectorySeparatorChar))
        {
            try
            {
                _ = File.GetAttributes(Path.Combine(existing, name));
            }
            catch (PathTooLongException e)
            {
                throw new SrkException(
                    path, "a name that its file system takes", $"one of {System.Text.Encoding.UTF8.GetByteCount(name)} bytes",
                    "name a file with -o, or leave out --suffix and --names", e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not there yet, which is what is wanted, or for another check to say.
            }
        }
    }

    /// <summary>The folder itself, or the nearest above it that exists.</summary>
    /// <exception cref="SrkException">On the way lies something that is no folder.</exception>
    internal static string NearestExisting(string folder)
    {
        for (var at = FilePath.Full(folder); ; at = Path.GetDirectoryName(at)!)
        {
            if (Directory.Exists(at)) return at;
            if (Path.GetDirectoryName(at) is null) return at;
            if (FileFacts.Of(at) is { } there)
                throw new SrkException(folder, "a folder", $"{there.Description} of that name: '{at}'", "name another folder");
        }
    }
}
