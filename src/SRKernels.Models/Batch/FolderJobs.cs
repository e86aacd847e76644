using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
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
    /// <param name="naming">The results' names; <see cref="ResultNaming.Default"/> if null.</param>
    /// <exception cref="SrkException">The folder cannot be read, or results in <paramref name="output"/> would be taken for sources by the next run.</exception>
    public static FolderListing List(
        string input, string? output, ulong seed, Compatibility compatibility = Compatibility.None, ResultNaming? naming = null)
    {
        naming ??= ResultNaming.Default;
        var root = Path.GetFullPath(input);
        var results = output is null ? null : Path.GetFullPath(output);
        var isSame = results is not null && FileFacts.Of(root) is { } a && FileFacts.Of(results) is { } b && a.Identity == b.Identity;
        if (isSame && naming.Suffix.Length == 0) throw TakenForSources(output!);
        var tree = new FolderTree(root, results is null || isSame ? null : FileFacts.Of(results)?.Identity);
        tree.Walk();
        // Only the platform's own separator: on Unix a backslash is a letter.
        var relative = tree.Files.Select(path => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal).ToArray();
        var pictures = relative.Where(path => FormatNames.IsRead(Path.GetExtension(path))).ToArray();
        var sources = isSame ? [.. pictures.Where(path => !naming.IsResult(path))] : pictures;
        // A folder of results above that of the pictures: its tree may grow into theirs.
        if (results is not null && !isSame && Below(RealPath.Of(results), RealPath.Of(root)) is { } below
            && sources.Any(path => path.StartsWith(below, StringComparison.Ordinal)))
            throw TakenForSources(output!);
        return new FolderListing
        {
            Jobs = [.. sources.Select(path => new UpscaleJob(
                Path.Combine(root, path),
                results is null ? null : Path.Combine(results, naming.Of(path)),
                path,
                compatibility == Compatibility.Upstream ? seed : SuperResolver.SeedFor(seed, path)))],
            Unreadable = tree.Unreadable,
            Unread = [.. relative.Select(path => (Path: Path.Combine(root, path), Format: FormatNames.OfUnread(Path.GetExtension(path)) ?? ""))
                .Where(file => file.Format.Length > 0)],
            EarlierResults = pictures.Length - sources.Length,
        };
    }

    // The way from a folder down to another one, with its last separator, or null.
    private static string? Below(string above, string folder)
    {
        above = Path.TrimEndingDirectorySeparator(above) + Path.DirectorySeparatorChar;
        return folder.StartsWith(above, StringComparison.Ordinal) ? folder[above.Length..].Replace(Path.DirectorySeparatorChar, '/') + "/" : null;
    }

    private static SrkException TakenForSources(string output) => new(
        "-o", "a folder apart from the pictures", $"'{output}', where the next run would take the results for pictures",
        "name another folder, or tell results from pictures with --suffix");
}
