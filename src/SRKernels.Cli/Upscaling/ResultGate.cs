using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli.Upscaling;

/// <summary>What is to be done about a picture whose result may be there already.</summary>
/// <param name="Skipped">Why it is not made; null: it is made.</param>
/// <param name="Again">Why it is made though there is one; null where there is none.</param>
/// <param name="IsOlder">Whether the one that stays is older than its source.</param>
internal sealed record Decision(string? Skipped, string? Again = null, bool IsOlder = false);

/// <summary>
/// The one rule of overwriting: nothing that exists is replaced without --overwrite, but what a broken run left, and in a folder own results
/// of sources that changed.
/// </summary>
internal sealed class ResultGate
{
    private readonly UpscaleRequest _request;

    // What --overwrite found: a result that changes while the run goes on was made by another one.
    private readonly Dictionary<string, DateTime> _found = new(StringComparer.Ordinal);

    public ResultGate(UpscaleRequest request, IReadOnlyList<UpscaleJob> jobs)
    {
        _request = request;
        if (!request.Overwrite) return;
        foreach (var job in jobs)
            if (job.Output is { } output and not "-" && FileFacts.Of(output) is { } there)
                _found[output] = there.ModifiedUtc;
    }

    /// <exception cref="SrkException">Something lies there that is no result.</exception>
    public Decision Look(UpscaleJob job)
    {
        if (job.Output is not { } output || output == "-") return new Decision(null);
        if (_request.Overwrite) return Overwriting(output);
        var decision = Results.Look(job.Input, output) switch
        {
            ResultState.Missing => new Decision(null),
            ResultState.Broken => new Decision(null, "what is there is no whole picture"),
            ResultState.Older when !_request.Keep => new Decision(null, IsNewer(job.Input, output) ? "its source is newer" : "its source has changed"),
            ResultState.Older => new Decision($"'{output}' is {(IsNewer(job.Input, output) ? "older than its source" : "of another state of its source")}", IsOlder: true),
            ResultState.OlderOfOthers => new Decision($"'{output}' is older than its source, but not made of it by srk", IsOlder: true),
            ResultState.Done => new Decision($"'{output}' is there already"),
            _ => throw NoResult(output),
        };
        if (decision.Skipped is null) Replacing.Check(output);
        return decision;
    }

    /// <summary>Looks at the one picture of a run, where a result that stays is an error.</summary>
    /// <returns>Why it is made though there is one; null where there is none.</returns>
    /// <exception cref="SrkException">There is one already.</exception>
    public string? CheckSingle(UpscaleJob job)
    {
        if (job.Output is not { } output || output == "-") return null;
        if (_request.Overwrite) return Overwriting(output).Again;
        // A source that changed is no reason to replace a file that was named: only a folder's results are known to be results.
        if (Results.Look(job.Input, output) is ResultState.Missing or ResultState.Broken) return Look(job).Again;
        Replacing.Check(output);
        throw new SrkException("-o", "a name that is free", $"'{output}', which exists", "add --overwrite to replace it, or name another");
    }

    private static bool IsNewer(string source, string result) => FileFacts.Of(source)?.ModifiedUtc > FileFacts.Of(result)?.ModifiedUtc;

    private Decision Overwriting(string output)
    {
        if (FileFacts.Of(output) is not { } there) return new Decision(null);
        if (there.Kind != FileKind.Regular) throw NoResult(output);
        var isAnothers = !_found.TryGetValue(output, out var found) || found != there.ModifiedUtc;
        if (isAnothers) return new Decision($"'{output}' was made by another run meanwhile");
        Replacing.Check(output);
        return new Decision(null);
    }

    private SrkException NoResult(string output)
    {
        var there = FileFacts.Of(output);
        var isFile = there?.Kind == FileKind.Regular;
        return new SrkException(
            output, "a result or nothing", isFile ? "a file that is no picture srk knows" : there?.Description ?? "something else",
            isFile && !_request.Overwrite ? "move it, or add --overwrite to replace it" : "move it");
    }
}
