using System.Diagnostics;
using SRKernels.Cli.Upscaling;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Models.Planning;
using SRKernels.Models.Sampling;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary>Carries out one <c>srk upscale</c>: one picture, or all of a folder past the bad ones.</summary>
internal sealed class UpscaleRun(UpscaleRequest request, CancellationToken cancellation)
{
    private const int StdoutBufferBytes = 64 << 10;
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(300);
    private readonly UpscaleReport _report = new(request);
    private readonly ResultPlaces _places = new(request);

    public async Task<int> RunAsync()
    {
        try
        {
            return await RunListedAsync();
        }
        catch (Exception e) when ((e as SrkException ?? MemoryShortage.From(e)) is { } error)
        {
            _report.Ended(_places.IsFolder ? "refused" : "failed", error);
            throw;
        }
    }

    private async Task<int> RunListedAsync()
    {
        if (request.Input == "-") StandardStreams.CheckInput();
        if (request is { Output: "-", DryRun: false }) StandardStreams.CheckOutput();
        var listing = _places.List();
        _report.Listed(listing);
        if (listing.Jobs.Count == 0 && listing.Unreadable.Count == 0)
        {
            var others = listing.Unread.Count == 0 ? "" : $" but {listing.UnreadText()}";
            var leftOut = listing.EarlierResults.Count + listing.AmongResults.Count;
            throw new SrkException(
                request.Input, "pictures", leftOut == 0 ? $"a folder without any{others}" : $"a folder where all {leftOut} are left out{others}", "name another folder");
        }

        var gate = new ResultGate(request, listing.Jobs);
        if (!_places.IsFolder) gate.CheckSingle(listing.Jobs[0]);
        using var resolver = Load();
        var reader = new PictureReader(request, resolver, cancellation);
        if (_places.IsFolder) await RunAllAsync(resolver, reader, gate, listing.Jobs);
        else await RunOneAsync(resolver, reader, gate, listing.Jobs[0]);
        return _report.End(listing);
    }

    private SuperResolver Load()
    {
        var model = request.Model ?? SuperResolver.ShippedWeightsPath;
        var device = DeviceName.Open(request.Device, request.Precision);
        SuperResolver resolver;
        try
        {
            resolver = device is null
                ? SuperResolver.Load(model, request.Task, request.Threads, DeviceName.KindOf(request.Device), request.Autoencoder)
                : SuperResolver.Load(model, device, request.Precision, request.Task, request.Threads, request.Autoencoder);
        }
        catch
        {
            device?.Dispose();
            throw;
        }

        var scale = resolver.Description.Scale;
        if (request.Scale is { } wanted && wanted != scale)
            throw new SrkException("--scale", $"{scale}, the model's", $"{wanted}", "leave it out, or name a --model of that scale");
        request.Options.CheckChain(resolver.Description, "--steps", "--eta");
        return resolver;
    }

    private async Task RunOneAsync(SuperResolver resolver, PictureReader reader, ResultGate gate, UpscaleJob job)
    {
        if (!request.DryRun && job.Output is { } output and not "-") MakeFolder(output);
        using var claim = Claim(job)
            ?? throw new SrkException("-o", "a result that no other run is making", $"'{job.Output}', which one is", "wait for it, or name another");
        if (gate.CheckSingle(job) is { } again) _report.MadeAgain(job, again);
        await Work(resolver, reader)(job, request.Options, "");
    }

    private async Task RunAllAsync(SuperResolver resolver, PictureReader reader, ResultGate gate, IReadOnlyList<UpscaleJob> jobs)
    {
        // Upstream's command makes one generator for the whole folder and never starts it again.
        var options = request.Options.Compatibility == Compatibility.Upstream
            ? request.Options with { Noise = new ContinuedNoise(new TorchCpuNoise(request.Options.Seed)) }
            : request.Options;
        var work = Work(resolver, reader);
        var later = new List<(UpscaleJob Job, string Counter)>();
        var ready = jobs.Where(job => Try(job, () =>
        {
            reader.Check(job);
            _places.CheckPlace(job);
        })).ToArray();
        for (var i = 0; i < ready.Length; i++)
        {
            var (job, counter) = (ready[i], $"[{i + 1}/{ready.Length}] ");
            if (!await TurnAsync(work, reader, gate, job, options, counter)) later.Add((job, counter));
        }

        if (later.Count > 0) _report.Waits(later.Count);
        foreach (var (job, counter) in later)
            while (!await TurnAsync(work, reader, gate, job, options, counter))
                await Task.Delay(s_lookAgain, cancellation);
        if (request.DryRun) _report.PlannedTotal();
    }

    // False where another run is making the picture: it may yet fail or be killed.
    private async Task<bool> TurnAsync(
        Func<UpscaleJob, UpscaleOptions, string, Task> work, PictureReader reader, ResultGate gate, UpscaleJob job, UpscaleOptions options, string counter)
    {
        try
        {
            options = options with { Seed = job.Seed };
            if (gate.Look(job) is { Skipped: not null } before) return await SkipAsync(reader, job, before, options);
            if (!request.DryRun && job.Output is { } output) Folders.Make(Path.GetDirectoryName(output)!);
            using var claim = Claim(job);
            if (claim is null) return false;
            // It may have been made between the look and the claim.
            var decision = gate.Look(job);
            if (decision.Skipped is not null) return await SkipAsync(reader, job, decision, options);
            if (decision.Again is { } again) _report.MadeAgain(job, again);
            await work(job, options, counter);
        }
        catch (Exception e) when ((e as SrkException ?? MemoryShortage.From(e)) is { } error)
        {
            _report.Failed(job, error);
        }

        return true;
    }

    // What is there already is compared all the same: a run that goes on after a break says what an unbroken one says.
    private async Task<bool> SkipAsync(PictureReader reader, UpscaleJob job, Decision decision, UpscaleOptions options)
    {
        if (request.Compare is null || request.DryRun)
        {
            _report.Skipped(job, decision);
            return true;
        }

        try
        {
            var picture = await reader.ReadAsync(job, options);
            var result = await reader.ReadResultAsync(job, picture.Seen);
            _report.Skipped(job, decision, Comparison.Of(picture.Seen, result, picture.Reference!, reader.Scale));
        }
        catch (SrkException e)
        {
            _report.Skipped(job, decision, notCompared: e.Message);
        }

        return true;
    }

    private bool Try(UpscaleJob job, Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (SrkException e)
        {
            _report.Failed(job, e);
            return false;
        }
    }

    // Something to hold also where there is nothing to claim.
    private IDisposable? Claim(UpscaleJob job) => !request.DryRun && job.Output is { } output and not "-" ? ResultClaim.TryTake(output) : new MemoryStream();

    private Func<UpscaleJob, UpscaleOptions, string, Task> Work(SuperResolver resolver, PictureReader reader)
    {
        if (!request.DryRun) return (job, options, counter) => UpscaleAsync(resolver, reader, job, options, counter);
        var speed = DeviceName.GoesByLaunches(request.Device) ? null : new SpeedProbe(resolver, request.Options, cancellation);
        return async (job, options, _) =>
        {
            var picture = await reader.ReadAsync(job, options);
            _report.Planned(job, picture, resolver.Description, speed?.Seconds(picture.Plan.Flops));
        };
    }

    private async Task UpscaleAsync(SuperResolver resolver, PictureReader reader, UpscaleJob job, UpscaleOptions options, string counter)
    {
        var start = Stopwatch.GetTimestamp();
        // Before the picture is read: the signature tells which state of it the result is of.
        var writing = WritingOf(job);
        var picture = await reader.ReadAsync(job, options);
        _report.Begins(job, picture, resolver.Description, counter);
        var progress = request.Quiet ? null : new ProgressLine(counter + job.RelativePath);
        Image? whole = null;
        if (picture.Form == ResultForm.Rows)
        {
            // It may have vanished while the picture was read.
            MakeFolder(job.Output!);
            await resolver.UpscaleAsync(picture.Seen, job.Output!, picture.Options, writing, progress, cancellation);
        }
        else
        {
            whole = await resolver.UpscaleAsync(picture.Seen, picture.Options, progress, cancellation);
            await WriteAsync(job, whole, writing);
        }

        var comparison = picture.Reference is { } reference ? Comparison.Of(picture.Seen, whole!, reference, reader.Scale) : null;
        _report.Done(job, picture, comparison, Stopwatch.GetElapsedTime(start), resolver.Description);
    }

    // What lies there now was looked at before, and may be replaced; what comes there meanwhile may not.
    private ImageWriteOptions WritingOf(UpscaleJob job) => new()
    {
        Software = _places.IsFolder ? Results.SignatureOf(job.Input) : Results.Signature,
        StripMetadata = request.Strip,
        Replace = request.Overwrite || (job.Output is { } output && output != "-" && FileFacts.Of(output) is not null),
    };

    private static void MakeFolder(string output) => Folders.Make(Path.GetDirectoryName(FilePath.Full(output))!);

    private async Task WriteAsync(UpscaleJob job, Image result, ImageWriteOptions writing)
    {
        if (job.Output is not { } output || PictureReader.ResultFormat(job) is not { } format) return;
        result = FormatFit.Apply(result, format);
        if (output != "-")
        {
            // It may have vanished while the picture was computed.
            MakeFolder(output);
            ImageCodecs.Write(result, output, writing, cancellation);
            return;
        }

        cancellation.ThrowIfCancellationRequested();
        // Whole before its first byte leaves, so that only its taker can fail. One that is silent can keep it waiting for ever, too.
        await Task.Run(
            () =>
            {
                using var stdout = new BufferedStream(StandardStreams.Output(isPicture: true), StdoutBufferBytes);
                ImageCodecs.ForWriting("stdout.png").Encode(result, stdout, writing);
            }, CancellationToken.None).WaitAsync(cancellation);
    }
}
