using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Models.Batch;

/// <summary>The files that a run's results make or replace, whatever their names: links lead where no name tells.</summary>
public static class ResultTargets
{
    /// <summary>Refuses a run one of whose results would replace a file that the run reads, or another of its results.</summary>
    /// <param name="jobs">The run's pictures.</param>
    /// <param name="others">What else it reads: the model, masks, references.</param>
    /// <exception cref="SrkException">There is such a pair: it names both.</exception>
    public static void Check(IReadOnlyList<UpscaleJob> jobs, IEnumerable<string> others)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in others.Concat(jobs.Where(job => job.Input != "-").Select(job => job.Input)))
            if (IdentityOf(path) is { } identity)
                read[identity] = path;
        var taken = new Dictionary<string, UpscaleJob>(StringComparer.Ordinal);
        foreach (var job in jobs)
        {
            if (job.Output is not { } output || output == "-" || IdentityOf(output) is not { } identity) continue;
            if (read.TryGetValue(identity, out var original))
            {
                throw new SrkException(
                    "-o", "results apart from what the run reads", $"'{output}' for '{job.RelativePath}', which {Named(original, output)}",
                    "name another file, folder or --suffix");
            }

            if (!taken.TryAdd(identity, job))
            {
                throw new SrkException(
                    "-o", "a file of its own for each result", $"'{taken[identity].Output}' and '{output}', which are one file", "remove the links, or name another folder");
            }
        }
    }

    private static string Named(string original, string output) =>
        FilePath.Full(original) == FilePath.Full(output) ? "it reads" : $"is the same file as '{original}'";

    // Where nothing is yet: the place that a link into nothing, or a folder that is one, leads to.
    private static string? IdentityOf(string path)
    {
        try
        {
            return FileFacts.Of(path)?.Identity ?? FilePath.Real(path);
        }
        catch (SrkException)
        {
            // A link in a circle: for the check of the place to say.
            return null;
        }
    }
}
