using SRKernels.Runtime;

namespace SRKernels.Models.Storage;

/// <summary>What a folder's file system does, found out with a file that is made there and removed.</summary>
/// <param name="Locks">Whether an open file can be locked against others.</param>
/// <param name="FoldsCase">Whether <c>A.png</c> and <c>a.png</c> are one file.</param>
/// <param name="FoldsUnicode">Whether a letter with its accent and the letter followed by the accent are one name.</param>
public sealed record FolderTraits(bool Locks, bool FoldsCase, bool FoldsUnicode)
{
    private const string Composed = "\u00e9", Decomposed = "e\u0301";

    /// <summary>Makes and removes a file in the folder, or where it does not exist in the nearest one above that does.</summary>
    /// <param name="folder">Where files are to be made.</param>
    /// <exception cref="SrkException">No file can be made there.</exception>
    public static FolderTraits Of(string folder)
    {
        var existing = Folders.NearestExisting(folder);
        try
        {
            var name = Leftovers.NewProbeName();
            try
            {
                return Probe(Path.Combine(existing, name));
            }
            catch (IOException) when (!Path.Exists(Path.Combine(existing, name)))
            {
                // Some file systems know no such letter; if it is something else, it fails again.
                return Probe(Path.Combine(existing, Leftovers.NewTemporaryName()));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(folder, "a folder where a file can be made", e.Message, "check the path, its permissions and the free space", e);
        }
    }

    private static FolderTraits Probe(string path)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        var (folder, name) = (Path.GetDirectoryName(path)!, Path.GetFileName(path));
        return new FolderTraits(
            !CanBeOpenedAgain(path),
            File.Exists(Path.Combine(folder, name.ToUpperInvariant())),
            name.Contains(Composed, StringComparison.Ordinal)
                && File.Exists(Path.Combine(folder, name.Replace(Composed, Decomposed, StringComparison.Ordinal))));
    }

    private static bool CanBeOpenedAgain(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0).Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
