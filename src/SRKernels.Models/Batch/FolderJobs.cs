using System.IO.Enumeration;
using SRKernels.Models.Imaging;
using SRKernels.Runtime;

namespace SRKernels.Models.Batch;

/// <summary>The pictures of a folder and where their results go.</summary>
public static class FolderJobs
{
    /// <summary>
    /// All files below a folder whose extension is an image's, in ordinal order of their relative paths. The results keep the tree, as PNG.
    /// </summary>
    /// <param name="input">The folder. Folders that are links are not followed, hidden files not taken.</param>
    /// <param name="output">Where the tree of results goes, or null for none. If it lies below <paramref name="input"/>, it is not read.</param>
    /// <param name="seed">The run's seed; each picture's own comes from it and its relative path.</param>
    /// <param name="compatibility">Upstream's habit is one generator for all pictures, so there each gets the run's seed.</param>
    /// <exception cref="SrkException">The folder cannot be read.</exception>
    public static IReadOnlyList<UpscaleJob> List(string input, string? output, ulong seed, Compatibility compatibility = Compatibility.None)
    {
        try
        {
            var root = Path.GetFullPath(input);
            var results = output is null ? null : Path.GetFullPath(output);
            var relative = Files(root, results).Order(StringComparer.Ordinal).ToArray();
            // Two inputs that differ in their extension only would write one result: those keep theirs before the ".png".
            var names = relative.GroupBy(path => Path.ChangeExtension(path, ".png"), StringComparer.Ordinal)
                .SelectMany(group => group.Select(path => (path, group.Count() == 1 ? group.Key : path + ".png")))
                .ToDictionary(pair => pair.path, pair => pair.Item2, StringComparer.Ordinal);
            return [.. relative.Select(path => new UpscaleJob(
                Path.Combine(root, path),
                results is null ? null : Path.Combine(results, names[path]),
                path,
                compatibility == Compatibility.Upstream ? seed : SuperResolver.SeedFor(seed, path)))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(input, "a folder that can be read", e.Message, "check the path and its permissions", e);
        }
    }

    private static IEnumerable<string> Files(string root, string? except)
    {
        var extensions = ImageCodecs.All.SelectMany(codec => codec.Format.Extensions).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return new FileSystemEnumerable<string>(
            root,
            (ref FileSystemEntry entry) => Path.GetRelativePath(root, entry.ToFullPath()).Replace('\\', '/'),
            new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && extensions.Contains(Path.GetExtension(entry.FileName.ToString())),
            // A link to a folder above would never end.
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && entry.ToFullPath() != except,
        };
    }
}
