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
    /// <param name="input">The folder. Folders that are links are not entered; hidden files and folders (of names that begin with a dot) are not taken.</param>
    /// <param name="output">Where the tree of results goes, or null for none. If it lies below <paramref name="input"/>, no picture in it is taken.</param>
    /// <param name="seed">The run's seed; each picture's own comes from it and its relative path.</param>
    /// <param name="compatibility">Upstream's habit is one generator for all pictures, so there each gets the run's seed.</param>
    /// <param name="naming">The results' names; <see cref="ResultNaming.Default"/> if null.</param>
    /// <exception cref="SrkException">The folder cannot be read, or results in <paramref name="output"/> would be taken for sources by the next run.</exception>
    public static FolderListing List(
        string input, string? output, ulong seed, Compatibility compatibility = Compatibility.None, ResultNaming? naming = null)
    {
        naming ??= ResultNaming.Default;
        var root = FilePath.Full(input);
        var results = output is null ? null : FilePath.Full(output);
        var isSame = results is not null && FileFacts.Of(root) is { } a && FileFacts.Of(results) is { } b && a.Identity == b.Identity;
        if (isSame && naming.Suffix.Length == 0) throw TakenForSources(output!);
        var tree = new FolderTree(root, results is null || isSame ? null : FileFacts.Of(results)?.Identity);
        tree.Walk();
        // Only the platform's own separator: on Unix a backslash is a letter.
        var relative = tree.Files.Select(path => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal).ToArray();
        var pictures = relative.Where(path => FormatNames.IsRead(Path.GetExtension(path))).ToArray();
        // A name that ends like a result's may be a picture's own: srk's results are known by what is in them.
        var earlier = isSame ? pictures.Where(path => naming.IsResult(path) && Results.IsOwn(Path.Combine(root, path))).ToHashSet(StringComparer.Ordinal) : [];
        var sources = pictures.Where(path => !earlier.Contains(path)).ToArray();
        // A folder of results above that of the pictures: its tree may grow into theirs.
        var real = results is null || isSame ? default((string Root, string Results)?) : (FilePath.Real(root), FilePath.Real(results));
        if (real is { } apart && Below(apart.Results, apart.Root) is { } below && sources.Any(path => path.StartsWith(below, StringComparison.Ordinal)))
            throw TakenForSources(output!);
        var jobs = sources.Select(path => new UpscaleJob(
            Path.Combine(root, path),
            results is null ? null : Path.Combine(results, naming.Of(path)),
            path,
            compatibility == Compatibility.Upstream ? seed : SuperResolver.SeedFor(seed, path))).ToArray();
        if (real is { } trees && jobs.Select(job => Path.GetDirectoryName(job.Output)!).Distinct(StringComparer.Ordinal).Any(folder => LeadsBack(FilePath.Real(folder), trees.Root, trees.Results)))
            throw TakenForSources(output!);
        return new FolderListing
        {
            Jobs = jobs,
            Unreadable = tree.Unreadable,
            Unread = [.. relative.Select(path => (Path: Path.Combine(root, path), Format: FormatNames.OfUnread(Path.GetExtension(path)) ?? ""))
                .Where(file => file.Format.Length > 0)],
            EarlierResults = [.. earlier.Select(path => Path.Combine(root, path)).Order(StringComparer.Ordinal)],
            AmongResults = AmongResults(tree.Excepted, jobs),
        };
    }

    // A folder of results that is, by way of a link in their tree, one of those that are read.
    private static bool LeadsBack(string folder, string root, string results) => IsIn(folder, root) && !IsIn(folder, results);

    private static bool IsIn(string folder, string above) => folder == above || Below(above, folder) is not null;

    // Pictures that someone keeps in the folder of results: neither made by this program, nor where a result of this run goes.
    private static IReadOnlyList<string> AmongResults(string? folder, UpscaleJob[] jobs)
    {
        if (folder is null) return [];
        var tree = new FolderTree(folder, except: null);
        tree.Enter();
        var results = jobs.Select(job => FilePath.Real(job.Output!)).ToHashSet(StringComparer.Ordinal);
        return [.. tree.Files.Where(path => FormatNames.IsRead(Path.GetExtension(path)) && !results.Contains(FilePath.Real(path)) && !Results.IsOwn(path))
            .Order(StringComparer.Ordinal)];
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
