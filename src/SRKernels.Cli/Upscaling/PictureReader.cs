using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Models.Imaging.Jpeg;
using SRKernels.Models.Imaging.Png;
using SRKernels.Models.Planning;
using SRKernels.Models.Quality;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli.Upscaling;

/// <summary>A picture that was read, and found to be one that can be computed, held by its format and compared.</summary>
/// <param name="Seen">As the model will see it; as it is stored nobody holds it any longer.</param>
/// <param name="Options">How it is upscaled, its mask included.</param>
/// <param name="Form">How its result leaves.</param>
/// <param name="Plan">What that takes.</param>
/// <param name="Reference">What its result is compared with, or null.</param>
/// <param name="Notes">What it loses, in words.</param>
/// <param name="NotCarried">The kinds of metadata that its result's format has no place for.</param>
internal sealed record ReadPicture(
    Image Seen, UpscaleOptions Options, ResultForm Form, MemoryPlan Plan, string? Reference, IReadOnlyList<string> Notes, IReadOnlyList<string> NotCarried);

/// <summary>Reads pictures and checks before the first tile what can be known then.</summary>
internal sealed class PictureReader(UpscaleRequest request, SuperResolver resolver, CancellationToken cancellation)
{
    private const long LargeHeapBytes = 8 << 20;

    /// <summary>How much larger results are.</summary>
    public int Scale => resolver.Description.Scale;

    /// <summary>Refuses what needs no look into the picture, for all of a folder before the first is computed.</summary>
    /// <exception cref="SrkException">It is no file, or has no mask or reference.</exception>
    public void Check(UpscaleJob job)
    {
        // In a folder only files are opened: a pipe that happens to lie there would wait for ever.
        if (FileFacts.Of(job.Input) is { Kind: not FileKind.Regular } facts)
            throw new SrkException(job.Input, "a picture", facts.Description, "name it alone if that is meant");
        if (FilePath.IsLink(job.Input) && FileFacts.Of(job.Input) is null)
            throw new SrkException(job.Input, "a picture", FileFacts.Missing(job.Input), "remove the link");
        Partners.Of(request.Compare, job);
        Partners.Of(request.Mask, job);
    }

    /// <exception cref="SrkException">The picture is bad, too large for its format, or lacks its mask or reference.</exception>
    /// <exception cref="OperationCanceledException">Stopped, also while a pipe is silent.</exception>
    // Opening or reading a pipe waits for the other side and cannot be broken off: it is left behind.
    public Task<ReadPicture> ReadAsync(UpscaleJob job, UpscaleOptions options) =>
        Task.Run(() => Read(job, options), CancellationToken.None).WaitAsync(cancellation);

    /// <summary>The result of a picture that is there already.</summary>
    /// <exception cref="SrkException">It cannot be read, or is of another size than the model would give.</exception>
    public Task<Image> ReadResultAsync(UpscaleJob job, Image seen) => Task.Run(() =>
    {
        var result = ImageCodecs.Read(job.Output!);
        var (width, height) = ((long)seen.Width * Scale, (long)seen.Height * Scale);
        return result.Width == width && result.Height == height
            ? result
            : throw new SrkException(job.Output!, $"a result of {width}x{height}", $"{result.Width}x{result.Height}", "make it anew with --overwrite");
    }, CancellationToken.None).WaitAsync(cancellation);

    /// <summary>The format of a picture's result; null where none is written.</summary>
    public static ImageFormat? ResultFormat(UpscaleJob job) =>
        job.Output is { } output ? ImageCodecs.ForWriting(output == "-" ? "stdout.png" : output).Format : null;

    private ReadPicture Read(UpscaleJob job, UpscaleOptions options)
    {
        var (referencePath, maskPath) = (Partners.Of(request.Compare, job), Partners.Of(request.Mask, job));
        Collect();
        var seen = Read(job);
        var stored = seen.Metadata;
        if (options.Compatibility != Compatibility.Upstream) seen = seen.Oriented();
        if (request.KeepSize) seen.Metadata = seen.Metadata.WithDensityTimes(Scale);
        Collect();
        options = options with { Mask = Mask(maskPath, seen) };
        var (width, height) = ((long)seen.Width * Scale, (long)seen.Height * Scale);
        var reference = CheckReference(referencePath, width, height);
        Collect();
        var notes = new List<string>();
        if (stored.Frames > 1) notes.Add($"animated: only the first of {stored.Frames} frames is taken");
        if (stored.HasMorePictures) notes.Add("several pictures in one file: only the first is taken");
        if (stored.Damage is { } damage) notes.Add($"damaged ({damage}): what it still holds is taken");
        var isUpstream = options.Compatibility == Compatibility.Upstream;
        IReadOnlyList<string> notCarried = [];
        // Upstream's command carries nothing, and nobody waits for it.
        if (!isUpstream) notes.AddRange(stored.Dropped.Select(reason => $"not kept: {reason}"));
        if (ResultFormat(job) is { } format)
        {
            format.CheckHolds(job.RelativePath, width, height, isUpstream ? PixelLayout.Rgb : seen.Layout);
            if (!isUpstream && FormatFit.Losses(format, seen.HasAlpha, seen.BitDepth) is { } losses) notes.Add(losses);
            if (!isUpstream) notCarried = MetadataFit.Losses(stored with { Density = seen.Metadata.Density }, format, request.Strip);
        }

        var form = FormOf(job);
        return new ReadPicture(seen, options, form, resolver.Plan(seen, options, form, Beside(job, seen, isUpstream, reference)), referencePath, notes, notCarried);
    }

    // What is held to compare and to write a result that is whole: one after the other.
    private BesideWork Beside(UpscaleJob job, Image seen, bool isUpstream, (long Bytes, long Decoder) reference)
    {
        var width = seen.Width * Scale;
        var writing = 0L;
        if (ResultFormat(job) is { } format)
        {
            var (layout, depth) = isUpstream ? (PixelLayout.Rgb, 8) : (seen.Layout, seen.BitDepth);
            writing = FormatFit.CopyBytes((long)width * seen.Height * Scale, layout, depth, format)
                + Math.Max(JpegScanWriter.HeldBytes(width), PngEncoder.WorkBytes + (PngEncoder.WorkRows * (long)width * (int)layout * (depth / 8)));
        }

        if (reference.Bytes == 0) return new BesideWork(0, writing);
        var (bytes, decoder) = reference;
        var comparing = bytes + Math.Max(decoder, PillowBicubic.HeldBytes(seen.Width, seen.Height, Scale) + ImageQuality.HeldBytes(width));
        return new BesideWork(bytes + decoder, Math.Max(writing, comparing));
    }

    /// <summary>What a picture, a decoder or a writer left counts as memory until it is collected.</summary>
    public static void Collect()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) > LargeHeapBytes) GC.Collect(2, GCCollectionMode.Aggressive);
    }

    /// <summary>A PNG file takes its rows while they are computed; who compares needs the picture.</summary>
    private ResultForm FormOf(UpscaleJob job) =>
        request.Compare is null && job.Output is { } output && output != "-" && ImageCodecs.ForWriting(output).Writer(Stream.Null, ImageWriteOptions.Default) is not null
            ? ResultForm.Rows : ResultForm.Whole;

    private Image Read(UpscaleJob job)
    {
        var limits = ImageLimits.Default with { Salvage = request.Salvage };
        if (job.Input == "-")
        {
            using var stdin = StandardStreams.Input();
            return ImageCodecs.Decode(stdin, limits, "stdin");
        }

        return ImageCodecs.Read(job.Input, limits);
    }

    private Image? Mask(string? path, Image picture)
    {
        PictureMask.Check(resolver.Description, path is not null);
        if (path is null) return null;
        var mask = ImageCodecs.Read(path);
        PictureMask.CheckSize(path, picture, mask);
        return mask;
    }

    // Decoded twice, now and after the work: it is small beside what is computed, and need not lie in memory meanwhile. Gives its bytes and its decoder's.
    private static (long Bytes, long Decoder) CheckReference(string? path, long width, long height)
    {
        if (path is null) return default;
        if (Math.Min(width, height) < ImageQuality.Window)
            throw new SrkException("SSIM", $"results of at least {ImageQuality.Window}x{ImageQuality.Window}", $"{width}x{height}", "compare larger ones");
        var reference = ImageCodecs.Read(path);
        if (reference.Width == width && reference.Height == height) return (ImageHeader.Of(reference).Bytes, reference.DecoderBytes);
        throw new SrkException(
            path, $"a reference of {width}x{height} like the result", $"{reference.Width}x{reference.Height}", "name the one that belongs to the picture");
    }
}
