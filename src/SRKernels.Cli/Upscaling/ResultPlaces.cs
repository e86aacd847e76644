using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Families;
using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli.Upscaling;

/// <summary>Which pictures a run has and where their results go; all that can be wrong about names and folders is said before the first is read.</summary>
internal sealed class ResultPlaces(UpscaleRequest request)
{
    private readonly Dictionary<string, (FolderTraits? Traits, SrkException? Error)> _folders = new(StringComparer.Ordinal);

    public bool IsFolder { get; } = request.Input != "-" && Directory.Exists(request.Input);

    /// <exception cref="SrkException">A result would replace the picture it is made of or that of another, or no file can be made there.</exception>
    public FolderListing List()
    {
        var listing = IsFolder
            ? FolderJobs.List(request.Input, FolderOutput(), request.Options.Seed, request.Options.Compatibility, request.Naming)
            : new FolderListing { Jobs = [SingleJob()] };
        if (IsFolder && request.Output is { } output && listing.Jobs.Count > 0)
        {
            NameClashes.Check(listing.Jobs, request.Naming, FolderTraits.Of(output));
            ResultTargets.Check(listing.Jobs, OtherInputs(listing.Jobs));
            if (!request.DryRun) ClearLeftovers(listing.Jobs);
        }

        if (!IsFolder && listing.Jobs[0].Output is { } file and not "-")
        {
            CheckPlace(listing.Jobs[0]);
            ResultTargets.Check(listing.Jobs, OtherInputs(listing.Jobs));
            if (!request.DryRun) Leftovers.Clear(Path.GetDirectoryName(AtomicFile.TargetOf(file))!, TraitsOf(file).Locks);
        }

        return listing;
    }

    /// <summary>Refuses a picture for whose result no file can be made.</summary>
    /// <exception cref="SrkException">The folder is not writable, or the name too long.</exception>
    public void CheckPlace(UpscaleJob job)
    {
        if (job.Output is null or "-") return;
        _ = TraitsOf(job.Output);
        Folders.CheckNames(job.Output);
        // A link's folder is not made: nobody asked for one elsewhere.
        if (FilePath.IsLink(job.Output) && Path.GetDirectoryName(AtomicFile.TargetOf(job.Output)) is { } folder && !Directory.Exists(folder))
            throw new SrkException(job.Output, "a link into a folder that exists", $"one into '{folder}'", "make that folder, or remove the link");
    }

    // What the run reads beside its pictures.
    private IEnumerable<string> OtherInputs(IReadOnlyList<UpscaleJob> jobs)
    {
        foreach (var job in jobs)
            foreach (var place in new[] { request.Compare, request.Mask })
                if (place is not null && Partners.Find(place, job) is { } partner)
                    yield return partner;
        yield return request.Model ?? SuperResolver.ShippedWeightsPath;
        if (request.Autoencoder is { } autoencoder) yield return autoencoder;
        else if (request.Model is { } model)
            foreach (var beside in ModelFamilies.All.SelectMany(family => family.PartnersBeside(model)))
                yield return beside;
    }

    private FolderTraits TraitsOf(string output)
    {
        // Where the file itself will be made: the name may be a link.
        var folder = Path.GetDirectoryName(AtomicFile.TargetOf(output))!;
        if (!_folders.TryGetValue(folder, out var known))
        {
            try
            {
                known = (FolderTraits.Of(folder), null);
            }
            catch (SrkException e)
            {
                known = (null, e);
            }

            _folders.Add(folder, known);
        }

        return known.Traits ?? throw known.Error!;
    }

    private void ClearLeftovers(IReadOnlyList<UpscaleJob> jobs)
    {
        foreach (var folder in jobs.Select(job => Path.GetDirectoryName(job.Output)!).Distinct(StringComparer.Ordinal).Where(Directory.Exists))
            Leftovers.Clear(folder, FolderTraits.Of(request.Output!).Locks);
    }

    private string? FolderOutput()
    {
        if (request.Output == "-") throw new UsageException("-o", "a folder for a folder", "-", "name a folder");
        if (request.Output is not { } output) return null;
        var there = FileFacts.Of(output);
        if (there is { Kind: not FileKind.Folder } || (there is null && FilePath.IsLink(output)))
            throw new UsageException("-o", "a folder for a folder", $"'{output}', {there?.Description ?? FileFacts.Missing(output)}", "name a folder");
        return output;
    }

    private UpscaleJob SingleJob()
    {
        if (request.Input != "-" && FileFacts.Of(request.Input) is null)
            throw new SrkException(request.Input, "a picture or a folder", FileFacts.Missing(request.Input), "check the path");
        var name = request.Input == "-" ? "stdin" : Path.GetFileName(request.Input);
        return new UpscaleJob(request.Input, SingleOutput(name), name, request.Options.Seed);
    }

    private string? SingleOutput(string name)
    {
        if (request.Output is not { } output || output == "-") return request.Output;
        var isFolder = Directory.Exists(output) || Path.EndsInDirectorySeparator(output);
        if (isFolder) output = Path.Combine(output, request.Naming.Of(name));
        else if (request.Naming != ResultNaming.Default)
            throw new UsageException("--names and --suffix", "a folder as -o", $"the file '{output}'", "leave them out, or name a folder");
        ImageCodecs.ForWriting(output);
        if (request.Input != "-" && FileFacts.Of(output) is { } there && FileFacts.Of(request.Input)?.Identity == there.Identity)
            throw new SrkException("-o", "another file than the input", $"'{output}', which is the input itself", "name another file");
        if (!isFolder && Path.GetDirectoryName(FilePath.Full(output)) is { } folder && !Directory.Exists(folder))
        {
            // A file on the way there is another error.
            Folders.CheckNames(output);
            throw new SrkException("-o", "a folder that exists", $"'{folder}'", "make it first");
        }

        return output;
    }
}
