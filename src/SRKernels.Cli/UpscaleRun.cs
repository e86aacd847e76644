using System.Diagnostics;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Models.Planning;
using SRKernels.Models.Sampling;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary>Carries out one <c>srk upscale</c>: one picture, or all of a folder past the bad ones.</summary>
internal sealed class UpscaleRun(UpscaleRequest request, CancellationToken cancellation)
{
    private const long LargeHeapBytes = 16 << 20;
    private readonly UpscaleReport _report = new(request);

    public async Task<int> RunAsync()
    {
        var isFolder = request.Input != "-" && Directory.Exists(request.Input);
        var jobs = isFolder ? FolderJobs.List(request.Input, FolderOutput(), request.Options.Seed, request.Options.Compatibility) : [SingleJob()];
        if (jobs.Count == 0) throw new SrkException(request.Input, "pictures", "a folder without any", "name another folder");
        using var resolver = Load();
        if (request.DryRun) return DryRun(resolver, jobs);
        var failures = isFolder ? await RunAllAsync(resolver, jobs) : await RunOneAsync(resolver, jobs[0]);
        _report.Means();
        if (failures.Count == 0) return ExitCode.Done;
        Terminal.Line($"srk: {failures.Count} of {jobs.Count} pictures failed:");
        foreach (var failure in failures) Terminal.Line($"  {failure}");
        return ExitCode.Failed;
    }

    private SuperResolver Load()
    {
        var model = request.Model ?? SuperResolver.ShippedWeightsPath;
        var device = DeviceName.Open(request.Device, request.Precision);
        SuperResolver resolver;
        try
        {
            resolver = device is null
                ? SuperResolver.Load(model, request.Task, request.Threads, DeviceName.KindOf(request.Device))
                : SuperResolver.Load(model, device, request.Precision, request.Task, request.Threads);
        }
        catch
        {
            device?.Dispose();
            throw;
        }

        var (scale, steps) = (resolver.Configuration.Scale, resolver.Configuration.Diffusion.Steps);
        if (request.Scale is { } wanted && wanted != scale)
            throw new SrkException("--scale", $"{scale}, the model's", $"{wanted}", "leave it out, or name a --model of that scale");
        if (request.Options.Steps is { } run && (run < 2 || run > steps))
            throw new SrkException("--steps", $"2 to {steps}, the model's", $"{run}", "leave it out for the model's own");
        return resolver;
    }

    private string? FolderOutput()
    {
        if (request.Output == "-") throw new UsageException("-o", "a folder for a folder", "-", "name a folder");
        if (request.Output is { } output && File.Exists(output)) throw new UsageException("-o", "a folder for a folder", $"the file '{output}'", "name a folder");
        return request.Output;
    }

    private UpscaleJob SingleJob()
    {
        if (request.Input != "-" && !File.Exists(request.Input))
            throw new SrkException(request.Input, "a picture or a folder", "nothing of this name", "check the path");
        var output = request.Output;
        var name = request.Input == "-" ? "stdin" : Path.GetFileName(request.Input);
        if (output is not null && output != "-")
        {
            if (Directory.Exists(output)) output = Path.Combine(output, Path.ChangeExtension(name, ".png"));
            ImageCodecs.ForWriting(output);
            if (request.Input != "-" && !request.Overwrite && Path.GetFullPath(output) == Path.GetFullPath(request.Input))
                throw new UsageException("-o", "another file than the input", $"'{output}'", "name another, or add --overwrite");
            if (Path.GetDirectoryName(Path.GetFullPath(output)) is { } folder && !Directory.Exists(folder))
                throw new SrkException("-o", "a folder that exists", $"'{folder}'", "make it first");
        }

        return new UpscaleJob(request.Input, output, name, request.Options.Seed);
    }

    private async Task<IReadOnlyList<string>> RunOneAsync(SuperResolver resolver, UpscaleJob job)
    {
        await UpscaleAsync(resolver, job, request.Options, "");
        return [];
    }

    private async Task<IReadOnlyList<string>> RunAllAsync(SuperResolver resolver, IReadOnlyList<UpscaleJob> jobs)
    {
        // Upstream's command makes one generator for the whole folder and never starts it again.
        var options = request.Options.Compatibility == Compatibility.Upstream
            ? request.Options with { Noise = new ContinuedNoise(new TorchCpuNoise(request.Options.Seed)) }
            : request.Options;
        var failures = new List<string>();
        for (var i = 0; i < jobs.Count; i++)
        {
            var job = jobs[i];
            try
            {
                if (job.Output is { } output && File.Exists(output) && !request.Overwrite) _report.Skipped(job);
                else await UpscaleAsync(resolver, job, options with { Seed = job.Seed }, $"[{i + 1}/{jobs.Count}] ");
            }
            catch (SrkException e)
            {
                Terminal.Error(e.Message);
                failures.Add($"{job.RelativePath}: {e.Message}");
            }
        }

        return failures;
    }

    private async Task UpscaleAsync(SuperResolver resolver, UpscaleJob job, UpscaleOptions options, string counter)
    {
        var start = Stopwatch.GetTimestamp();
        if (Beside(request.Mask, job) is { } mask) options = options with { Mask = ImageCodecs.Read(mask) };
        var seen = Seen(job);
        var form = FormOf(job);
        _report.Begins(job, seen, resolver.Plan(seen, options, form), resolver.Configuration, counter);
        var progress = request.Quiet ? null : new ProgressLine(counter + job.RelativePath);
        Image? whole = null;
        if (form == ResultForm.Rows)
        {
            MakeFolder(job.Output!);
            await resolver.UpscaleAsync(seen, job.Output!, options, progress, cancellation);
        }
        else
        {
            whole = await resolver.UpscaleAsync(seen, options, progress, cancellation);
            Write(job, whole);
        }

        _report.Done(job, seen, whole, Stopwatch.GetElapsedTime(start), resolver.Configuration, Beside(request.Compare, job));
    }

    /// <summary>The picture as it is to be seen; as it is stored nobody holds it any longer.</summary>
    private Image Seen(UpscaleJob job)
    {
        Collect();
        var image = Read(job);
        if (request.Options.Compatibility != Compatibility.Upstream) image = image.Oriented();
        Collect();
        return image;
    }

    // What the picture before or the decoder left counts as memory until it is collected.
    private static void Collect()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) > LargeHeapBytes) GC.Collect(2, GCCollectionMode.Aggressive);
    }

    /// <summary>A PNG file takes its rows while they are computed; who compares needs the picture.</summary>
    private ResultForm FormOf(UpscaleJob job) =>
        request.Compare is null && job.Output is { } output && output != "-" && ImageCodecs.ForWriting(output).Writer(Stream.Null, ImageWriteOptions.Default) is not null
            ? ResultForm.Rows : ResultForm.Whole;

    private static Image Read(UpscaleJob job)
    {
        if (job.Input != "-") return ImageCodecs.Read(job.Input);
        using var stdin = Console.OpenStandardInput();
        return ImageCodecs.Decode(stdin, name: "stdin");
    }

    private void Write(UpscaleJob job, Image result)
    {
        if (job.Output is null) return;
        if (job.Output == "-")
        {
            // Whole in memory first: a failing encoder leaves stdout empty.
            using var bytes = new MemoryStream();
            ImageCodecs.ForWriting("stdout.png").Encode(result, bytes, ImageWriteOptions.Default);
            cancellation.ThrowIfCancellationRequested();
            using var stdout = Console.OpenStandardOutput();
            bytes.WriteTo(stdout);
            return;
        }

        MakeFolder(job.Output);
        ImageCodecs.Write(result, job.Output, cancellation: cancellation);
    }

    private static void MakeFolder(string output)
    {
        try
        {
            if (Path.GetDirectoryName(output) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(output, "a folder that can be made", e.Message, "check the path and its permissions", e);
        }
    }

    /// <summary>The file that belongs to a picture in another folder of the same tree (any image extension), or the one file that was named.</summary>
    private static string? Beside(string? fileOrFolder, UpscaleJob job)
    {
        if (fileOrFolder is null || !Directory.Exists(fileOrFolder)) return fileOrFolder;
        var stem = Path.Combine(fileOrFolder, Path.ChangeExtension(job.RelativePath, null));
        var named = Path.Combine(fileOrFolder, job.RelativePath);
        if (File.Exists(named)) return named;
        return ImageCodecs.All.SelectMany(codec => codec.Format.Extensions).Select(extension => stem + extension).FirstOrDefault(File.Exists)
            ?? throw new SrkException(job.RelativePath, $"its partner in '{fileOrFolder}'", "none", "give both folders the same file names");
    }

    private int DryRun(SuperResolver resolver, IReadOnlyList<UpscaleJob> jobs)
    {
        var speed = new SpeedProbe(resolver, request.Options, cancellation);
        double seconds = 0;
        foreach (var job in jobs)
        {
            var image = Seen(job);
            var plan = resolver.Plan(image, request.Options, FormOf(job));
            var estimate = speed.Seconds(plan.Flops);
            seconds += estimate;
            _report.Planned(job, image, plan, resolver.Configuration, estimate);
        }

        if (jobs.Count > 1) _report.PlannedTotal(jobs.Count, seconds);
        return ExitCode.Done;
    }
}
