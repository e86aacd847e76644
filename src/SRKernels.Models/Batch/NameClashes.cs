using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Models.Batch;

/// <summary>Pictures of one run whose results would be one file.</summary>
public static class NameClashes
{
    private const int MostShown = 5;

    /// <summary>Refuses a run in which two pictures would write one result, on file systems that tell no cases or spellings apart included.</summary>
    /// <param name="jobs">The run's pictures.</param>
    /// <param name="naming">How their results are named.</param>
    /// <param name="traits">What the results' file system tells apart.</param>
    /// <exception cref="SrkException">There are such pictures: it names the pairs and the option that helps.</exception>
    public static void Check(IReadOnlyList<UpscaleJob> jobs, ResultNaming naming, FolderTraits traits)
    {
        var clashes = Find(jobs.Select(job => job.RelativePath), naming, traits);
        if (clashes.Count == 0) return;
        var shown = clashes.Take(MostShown).Select(clash => $"'{clash.First}' and '{clash.Second}' for '{clash.Result}'");
        var more = clashes.Count > MostShown ? $" and {clashes.Count - MostShown} more" : "";
        var full = naming with { Full = true };
        var helps = !naming.Full && Find(jobs.Select(job => job.RelativePath), full, traits).Count == 0;
        throw new SrkException(
            "names", "a result of its own for each picture", string.Join(", ", shown) + more,
            helps ? "add --names full, which keeps the extensions apart" : "rename one of each pair, or put it into another folder");
    }

    internal static IReadOnlyList<(string First, string Second, string Result)> Find(IEnumerable<string> sources, ResultNaming naming, FolderTraits traits)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        var clashes = new List<(string, string, string)>();
        foreach (var source in sources)
        {
            var result = naming.Of(source);
            var key = NameFolding.Of(result, traits.FoldsCase, traits.FoldsUnicode);
            if (!taken.TryAdd(key, source)) clashes.Add((taken[key], source, result));
        }

        return clashes;
    }
}
