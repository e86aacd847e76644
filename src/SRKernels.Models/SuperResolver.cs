using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Families;
using SRKernels.Models.Imaging;
using SRKernels.Models.Planning;
using SRKernels.Models.Sampling;
using SRKernels.Models.Tiling;
using SRKernels.Runtime;

namespace SRKernels.Models;

/// <summary>
/// Pictures in, enlarged pictures out: image -> tile -> networks -> tile -> rows of the result, one row of tiles after the other.
/// </summary>
/// <remarks>
/// Loaded once, used for many pictures, one at a time: a second call waits for the first. May be disposed at any moment, from any thread.
/// </remarks>
public sealed partial class SuperResolver : IDisposable
{
    private readonly SuperResolutionModel _model;
    private readonly KernelContext _cx;
    private readonly GpuEngine? _engine;
    private readonly Canvases _canvases;
    private readonly PicturePlanner _planner;
    private readonly ExclusiveUse _use;

    internal SuperResolver(SuperResolutionModel model, KernelContext cx, long weightBytes, GpuEngine? engine = null, Precision precision = Precision.Fp32)
    {
        (_model, _cx, WeightBytes, _engine) = (model, cx, weightBytes, engine);
        _canvases = new Canvases(cx, engine, precision);
        _planner = new PicturePlanner(model.Configuration, weightBytes, cx.Workers.Count, engine, _canvases);
        _use = new ExclusiveUse(Free);
    }

    /// <summary>What was loaded.</summary>
    public ModelDescription Description => _model.Configuration.Description;

    internal SuperResolutionModel Model => _model;

    internal KernelContext Context => _cx;

    /// <summary>Bytes of the weights in memory.</summary>
    public long WeightBytes { get; }

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
        options = UpscaleOptions.Checked(options, Description);
        var header = new ImageHeader(width, height, PixelLayout.Rgb, 8, ImageMetadata.Empty);
        return _use.Look(() => Plan(_planner.CostOf(header, wasTurned: false, decoderBytes: 0, options, ResultForm.Whole), options));
    }

    /// <summary>What upscaling a picture will take; what <see cref="UpscaleAsync(Image, UpscaleOptions, IProgress{UpscaleProgress}, CancellationToken)"/> and the overload for files then do.</summary>
    /// <param name="image">The picture, turned upright.</param>
    /// <param name="options">How.</param>
    /// <param name="form">How the result leaves.</param>
    /// <exception cref="SrkException">No tile is small enough for the memory allowed, or an option makes no sense.</exception>
    public MemoryPlan Plan(Image image, UpscaleOptions options, ResultForm form) => Plan(image, options, form, default);

    internal MemoryPlan Plan(Image image, UpscaleOptions options, ResultForm form, BesideWork beside) =>
        _use.Look(() => Plan(_planner.CostOf(Given(image), UpscaleOptions.Checked(options, Description), form) with { Beside = beside }, options));

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
        options = UpscaleOptions.Checked(options ?? new UpscaleOptions(), Description);
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
        options = UpscaleOptions.Checked(options ?? new UpscaleOptions(), Description);
        await _use.RunAsync(
            stop => ImageCodecs.WriteRows(path, to => Upscale(Given(image), options, ResultForm.Rows, to, progress, stop), writing, stop), cancellation);
        return _planner.ResultOf(ImageHeader.Of(Upright(image, options)), options);
    }

    /// <summary>Stops a call that runs, waits for its end, and frees weights, buffers and threads. From that call's own progress report it does not wait.</summary>
    public void Dispose() => _use.End();

    private void Upscale(
        Image image, UpscaleOptions options, ResultForm form, IImageWriter to, IProgress<UpscaleProgress>? progress, CancellationToken stop)
    {
        var picture = Upright(image, options);
        options = options with { Mask = PictureMask.Of(Description, picture, options.Mask, options.Compatibility == Compatibility.Upstream) };
        var run = _model.Prepare(options.Steps, options.Eta);
        var source = options.Noise ?? new TorchCpuNoise(options.Seed);
        var cost = _planner.CostOf(picture, options, form);
        _cx.Cancellation = stop;
        int? most = null;
        try
        {
            while (true)
            {
                var (tiles, _, workers) = _planner.Cut(cost, options, run, most);
                _cx.Workers.Limit(workers);
                source.Reset();
                using var rows = new ResultRows(_cx, picture, options.Mask, Description.Scale, cost.Result, to);
                try
                {
                    UpscaleTiles(picture, options, run, tiles, source, rows, progress);
                    return;
                }
                catch (DeviceOutOfMemoryException) when (!tiles.PadsEachTile && rows.Count == 0 && _planner.AfterOutOfMemory(tiles) is { } smaller)
                {
                    // A device that runs out of memory gets smaller tiles.
                    most = smaller;
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
        Image picture, UpscaleOptions options, ITileRun run, TilePlan tiles, INoiseSource source, ResultRows rows, IProgress<UpscaleProgress>? progress)
    {
        var (height, width) = tiles.NetworkInput;
        var clock = new ProgressClock(progress, _model.Configuration.CostOf(height, width), tiles.Count, run.NetworkCalls);
        using var feed = new TileFeed(_cx, _model.Configuration.Geometry, picture, options.Mask, tiles, source, run.Draws);
        using var canvas = _canvases.Empty(_planner.ShapeOf(tiles, picture.Width, picture.Height, options, run), run, clock.Report);
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

        clock.Report(UpscaleStage.Done, run.NetworkCalls);
    }

    private MemoryPlan Plan(PictureCost cost, UpscaleOptions options) => _planner.Cut(cost, options, _model.Prepare(options.Steps, options.Eta)).Memory;

    private static Image Upright(Image image, UpscaleOptions options) => options.Compatibility == Compatibility.Upstream ? image : image.Oriented();

    private static Image Given(Image? image) => image ?? throw new SrkException("image", "a picture", "null", "read one with ImageCodecs.Read");

    private void Free()
    {
        _canvases.Dispose();
        _engine?.Dispose();
        _model.Dispose();
        _cx.Dispose();
    }
}
