using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Pixels;
using SRKernels.Models.Configuration;
using SRKernels.Models.Imaging;
using SRKernels.Models.Planning;
using SRKernels.Models.Recognition;
using SRKernels.Models.Sampling;
using SRKernels.Models.Storage;
using SRKernels.Models.Tiling;
using SRKernels.Runtime;

namespace SRKernels.Models;

/// <summary>
/// Pictures in, enlarged pictures out: image -> tile -> latent -> chain of denoiser steps -> tile -> rows of the result, one row of tiles after the other.
/// </summary>
/// <remarks>
/// Loaded once, used for many pictures, one at a time: a second call waits for the first. May be disposed at any moment, from any thread. Long for its
/// public face: three ways to load, two to upscale, two to plan, each with its words.
/// </remarks>
public sealed partial class SuperResolver : IDisposable
{
    private const string ShippedWeights = "resshift-tiny-x4.safetensors";
    private readonly ResidualShiftModel _model;
    private readonly KernelContext _cx;
    private readonly GpuEngine? _engine;
    private readonly Canvases _canvases;
    private readonly TileChoice _choice;
    private readonly ExclusiveUse _use;

    internal SuperResolver(ResidualShiftModel model, KernelContext cx, long weightBytes, GpuEngine? engine = null, Precision precision = Precision.Fp32)
    {
        (_model, _cx, WeightBytes, _engine) = (model, cx, weightBytes, engine);
        _canvases = new Canvases(model, cx, engine, precision);
        _choice = new TileChoice(model.Configuration, weightBytes, cx.Workers.Count, engine?.Device.Info);
        _use = new ExclusiveUse(Free);
    }

    /// <summary>What was loaded.</summary>
    public ModelConfiguration Configuration => _model.Configuration;

    internal ResidualShiftModel Model => _model;

    internal KernelContext Context => _cx;

    /// <summary>Bytes of the weights in memory.</summary>
    public long WeightBytes { get; }

    /// <summary>Where the small weights lie: beside the program, where the package SRKernels.Weights.Tiny puts them.</summary>
    public static string ShippedWeightsPath => Path.Combine(AppContext.BaseDirectory, "weights", ShippedWeights);

    /// <summary>Loads the small weights of the package SRKernels.Weights.Tiny.</summary>
    /// <param name="threads">Threads, 0 for one a processor. Changes speed, never a byte of a result.</param>
    /// <exception cref="SrkException">The file is not where it should be.</exception>
    public static SuperResolver LoadShipped(int threads = 0) => Load(ShippedWeightsPath, threads: threads);

    /// <summary>Loads a model: both networks from one file, or the authors' two; safetensors, or a checkpoint as <c>torch.save</c> writes it.</summary>
    /// <param name="path">The file, or the denoiser's.</param>
    /// <param name="task">The task's preset where the file does not say what it is for; see <see cref="TaskPreset"/>.</param>
    /// <param name="threads">Threads, 0 for one a processor. Changes speed, never a byte of a result.</param>
    /// <param name="kind">Which bodies of the ops run.</param>
    /// <param name="autoencoder">The autoencoder's file; null: in the first, or beside it under its published name.</param>
    /// <exception cref="SrkException">A file cannot be read, or is no model that this program knows.</exception>
    public static SuperResolver Load(string path, string? task = null, int threads = 0, ExecutionKind kind = ExecutionKind.Cpu, string? autoencoder = null)
    {
        using var files = ModelFiles.Open(Present(path), autoencoder, task);
        var (model, weightBytes) = ResidualShiftModel.Read(files);
        return new SuperResolver(model, new KernelContext(kind, threads), weightBytes);
    }

    /// <summary>
    /// Loads a model to run on a device: networks, tiles' blending and chain there, files on the processor. Noise is drawn where its generator
    /// allows: <see cref="TorchCudaNoise"/> on the device, any other source on the processor.
    /// </summary>
    /// <param name="path">The file, or the denoiser's.</param>
    /// <param name="device">The device; disposed with the resolver.</param>
    /// <param name="precision">What products are computed in; sums, norms and everything in memory are fp32.</param>
    /// <param name="task">The task's preset where the file does not say what it is for; see <see cref="TaskPreset"/>.</param>
    /// <param name="threads">Threads of the work beside, 0 for one a processor.</param>
    /// <param name="autoencoder">The autoencoder's file; null: in the first, or beside it under its published name.</param>
    /// <exception cref="SrkException">A file cannot be read or is no model that this program knows, or the device cannot compute in that precision.</exception>
    public static SuperResolver Load(
        string path, Device device, Precision precision = Precision.Fp32, string? task = null, int threads = 0, string? autoencoder = null)
    {
        if (!Enum.IsDefined(precision))
            throw new SrkException("precision", string.Join(", ", Enum.GetNames<Precision>()), $"{(int)precision}", "leave it out for fp32");
        if (precision != Precision.Fp32 && device.Info is { Kind: DeviceKind.Cuda, Target: < 80 })
            throw new SrkException($"precision {precision}", "tensor cores of sm_80 or newer", $"{device.Info.Name}, sm_{device.Info.Target}", "use fp32");
        using var files = ModelFiles.Open(Present(path), autoencoder, task);
        var (model, weightBytes) = ResidualShiftModel.Read(files);
        return new SuperResolver(model, new KernelContext(ExecutionKind.Cpu, threads), weightBytes, new GpuEngine(device), precision);
    }

    /// <summary>An application that forgot the package with the small weights is told so; any other path is the reader's to judge.</summary>
    private static string Present(string path) => path != ShippedWeightsPath || File.Exists(path)
        ? path
        : throw new SrkException("small weights", $"them in {path}", "no such file", "add the package SRKernels.Weights.Tiny, or load a model of your own");

    /// <summary>
    /// A seed for one picture of a folder: from the given seed and the picture's place, so that order, shards and resumption change nothing.
    /// </summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="relativePath">The picture's path below the folder; <c>\</c> counts as <c>/</c>.</param>
    public static ulong SeedFor(ulong seed, string relativePath)
    {
        // FNV-1a over the path, mixed by SplitMix64's finaliser: neighbouring names give unrelated seeds.
        var hash = 0xCBF29CE484222325 ^ seed;
        foreach (var c in relativePath.Replace('\\', '/'))
            hash = unchecked((hash ^ c) * 0x100000001B3);
        hash = unchecked((hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9);
        hash = unchecked((hash ^ (hash >> 27)) * 0x94D049BB133111EB);
        return (hash ^ (hash >> 31)) & uint.MaxValue;
    }

    /// <summary>What upscaling an 8-bit colour picture of a size will take, its result held in memory.</summary>
    /// <param name="width">Its width, after any EXIF rotation.</param>
    /// <param name="height">Its height.</param>
    /// <param name="options">How.</param>
    /// <exception cref="SrkException">No tile is small enough for the memory allowed, or an option makes no sense.</exception>
    public MemoryPlan Plan(int width, int height, UpscaleOptions options)
    {
        if (width < 1 || height < 1) throw new SrkException("picture", "sides of at least 1", $"{width}x{height}", "name the size of a picture");
        options = UpscaleOptions.Checked(options, Configuration);
        var header = new ImageHeader(width, height, PixelLayout.Rgb, 8, ImageMetadata.Empty);
        return _use.Look(() => Plan(CostOf(header, wasTurned: false, decoderBytes: 0, options, ResultForm.Whole), options));
    }

    /// <summary>What upscaling a picture will take; what <see cref="UpscaleAsync(Image, UpscaleOptions, IProgress{UpscaleProgress}, CancellationToken)"/> and the overload for files then do.</summary>
    /// <param name="image">The picture, turned upright.</param>
    /// <param name="options">How.</param>
    /// <param name="form">How the result leaves.</param>
    /// <exception cref="SrkException">No tile is small enough for the memory allowed, or an option makes no sense.</exception>
    public MemoryPlan Plan(Image image, UpscaleOptions options, ResultForm form) => Plan(image, options, form, default);

    internal MemoryPlan Plan(Image image, UpscaleOptions options, ResultForm form, BesideWork beside) =>
        _use.Look(() => Plan(CostOf(Given(image), UpscaleOptions.Checked(options, Configuration), form) with { Beside = beside }, options));

    /// <summary>Upscales a picture.</summary>
    /// <param name="image">The picture; not changed.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told before and after each stage and step.</param>
    /// <param name="cancellation">Stops the work before its next op.</param>
    /// <returns>
    /// The picture, larger by the model's scale. Colour in gives RGB, grey gives grey (the luminance of what the model made), alpha is enlarged
    /// beside the colour, 16 bits stay 16, profile and EXIF are carried over. See <see cref="Compatibility.Upstream"/> for what that changes.
    /// </returns>
    /// <exception cref="SrkException">The options do not fit the model or the memory, the result is more than an array holds, or a NaN or infinity arose.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The resolver was disposed before the end.</exception>
    public async Task<Image> UpscaleAsync(
        Image image, UpscaleOptions? options = null, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellation = default)
    {
        var result = new ImageCollector();
        options = UpscaleOptions.Checked(options ?? new UpscaleOptions(), Configuration);
        await _use.RunAsync(stop => Upscale(Given(image), options, ResultForm.Whole, result, progress, stop), cancellation);
        return result.Image;
    }

    /// <summary>Upscales a picture into a PNG file, row by row while it is computed: results may be larger than memory, and than an array. Wholly or not at all.</summary>
    /// <param name="image">The picture; not changed.</param>
    /// <param name="path">The file, of a format that is written by rows; an existing one is replaced.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="writing">How it is written; null for the defaults.</param>
    /// <param name="progress">Told before and after each stage and step.</param>
    /// <param name="cancellation">Stops the work before its next op; the file is then as it was before.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="SrkException">As for a picture in memory, or the file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The resolver was disposed before the end.</exception>
    public async Task<ImageHeader> UpscaleAsync(
        Image image, string path, UpscaleOptions? options = null, ImageWriteOptions? writing = null, IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        options = UpscaleOptions.Checked(options ?? new UpscaleOptions(), Configuration);
        await _use.RunAsync(
            stop => ImageCodecs.WriteRows(path, to => Upscale(Given(image), options, ResultForm.Rows, to, progress, stop), writing, stop), cancellation);
        return ResultOf(ImageHeader.Of(Upright(image, options)), options);
    }

    /// <summary>Stops a call that runs, waits for its end, and frees weights, buffers and threads. From that call's own progress report it does not wait.</summary>
    public void Dispose() => _use.End();

    private void Upscale(
        Image image, UpscaleOptions options, ResultForm form, IImageWriter to, IProgress<UpscaleProgress>? progress, CancellationToken stop)
    {
        var picture = Upright(image, options);
        CheckMask(picture, options);
        var chain = ChainOf(options);
        var source = options.Noise ?? new TorchCpuNoise(options.Seed);
        var cost = CostOf(picture, options, form);
        _cx.Cancellation = stop;
        int? most = null;
        try
        {
            while (true)
            {
                var (tiles, _, workers) = Cut(cost, options, chain, most);
                _cx.Workers.Limit(workers);
                source.Reset();
                using var rows = new ResultRows(_cx, picture, options.Mask, Configuration.Scale, cost.Result, to);
                try
                {
                    UpscaleTiles(picture, options, chain, tiles, source, rows, progress);
                    return;
                }
                catch (DeviceOutOfMemoryException) when (!tiles.PadsEachTile && rows.Count == 0 && _choice.Smaller(tiles) is not null)
                {
                    // A device that runs out of memory gets smaller tiles.
                    most = _choice.Smaller(tiles);
                    _canvases.Forget();
                }
            }
        }
        finally
        {
            _cx.Cancellation = default;
            _cx.Pool.Reclaim();
            _cx.Pool.Trim();
        }
    }

    private void UpscaleTiles(
        Image picture, UpscaleOptions options, IChain chain, TilePlan tiles, INoiseSource source, ResultRows rows, IProgress<UpscaleProgress>? progress)
    {
        var clock = new ProgressClock(progress, Configuration, tiles, chain.NetworkCalls);
        using var feed = new TileFeed(_cx, Configuration, picture, options.Mask, tiles, source, chain.Draws);
        using var canvas = _canvases.Empty(ShapeOf(tiles, picture.Width, picture.Height, options, chain), chain, clock.Report);
        for (var row = 0; row < tiles.Rows.Starts.Count; row++)
        {
            for (var column = 0; column < tiles.Columns.Starts.Count; column++)
            {
                clock.StartTile();
                var (y, x) = feed.Place(row, column);
                using var tile = feed.Picture(row, column);                           // [1, h, w, 3]
                using var mask = feed.Mask(row, column);                              // [1, h, w, 1]
                canvas.Add(tile, mask, feed.Noise(row, column), y, x, feed.RowWeights(row), feed.ColumnWeights(column));
            }

            canvas.FinishRows(feed.RowsDone(row), rows);
        }

        clock.Report(UpscaleStage.Done, chain.NetworkCalls);
    }

    private MemoryPlan Plan(PictureCost cost, UpscaleOptions options) => Cut(cost, options, ChainOf(options), most: null).Memory;

    private (TilePlan Tiles, MemoryPlan Memory, int Workers) Cut(
        PictureCost cost, UpscaleOptions options, IChain chain, int? most, (PixelForm Picture, PixelForm Result)? onDevice = null) => _choice.Of(
        cost, options, chain, most,
        _engine is null ? null : (tiles, plan) => _canvases.Plan(
            plan, ShapeOf(tiles, cost.Picture.Width, cost.Picture.Height, options, chain) with { OnDevice = onDevice }, chain));

    private CanvasShape ShapeOf(TilePlan tiles, int width, int height, UpscaleOptions options, IChain chain) => CanvasShape.Of(
        Configuration, tiles, width, height, chain, options.Mask is not null, _engine is null ? null : ICountedSource.In(options.Noise));

    private PictureCost CostOf(Image picture, UpscaleOptions options, ResultForm form) =>
        CostOf(ImageHeader.Of(picture), picture.WasTurned, picture.DecoderBytes, options, form);

    private PictureCost CostOf(ImageHeader picture, bool wasTurned, long decoderBytes, UpscaleOptions options, ResultForm form)
    {
        var result = ResultOf(picture, options);
        if (form == ResultForm.Whole && result.Samples > Image.MostSamples)
        {
            throw new SrkException(
                "result", $"at most {Image.MostSamples} samples for a picture in memory", $"{result.Width}x{result.Height} of {(int)result.Layout} channels",
                "write it to a PNG file, which takes it row by row, without a comparison");
        }

        return new PictureCost(picture, result, form, options.Mask is not null, wasTurned, decoderBytes, options.Noise);
    }

    private ImageHeader ResultOf(ImageHeader picture, UpscaleOptions options) =>
        ResultRows.Header(picture, Configuration.Scale, options.Compatibility == Compatibility.Upstream);

    private IChain ChainOf(UpscaleOptions options)
    {
        var diffusion = Configuration.Diffusion;
        if (options.Steps is { } steps && steps != diffusion.Steps) diffusion = diffusion with { Respacing = steps };
        return Chain.Create(diffusion);
    }

    private static Image Upright(Image image, UpscaleOptions options) => options.Compatibility == Compatibility.Upstream ? image : image.Oriented();

    private static Image Given(Image? image) => image ?? throw new SrkException("image", "a picture", "null", "read one with ImageCodecs.Read");

    private void CheckMask(Image picture, UpscaleOptions options)
    {
        if (Configuration.Denoiser.CondMask != options.Mask is not null)
        {
            throw Configuration.Denoiser.CondMask
                ? new SrkException($"model '{Configuration.Task}'", "a mask of what is to be made up", "none", "give one with --mask")
                : new SrkException($"model '{Configuration.Task}'", "no mask", "one", "leave --mask out, or load an inpainting model");
        }

        if (options.Mask is not { } mask) return;
        if (!mask.IsGrey || mask.Width != picture.Width || mask.Height != picture.Height)
        {
            throw new SrkException(
                "mask", $"grey, {picture.Width}x{picture.Height} like the picture", $"{mask.Layout}, {mask.Width}x{mask.Height}",
                "convert the mask");
        }
    }

    private void Free()
    {
        _canvases.Dispose();
        _engine?.Dispose();
        _model.Dispose();
        _cx.Dispose();
    }
}
