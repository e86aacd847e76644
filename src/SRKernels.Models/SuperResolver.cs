using System.Diagnostics;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Noise;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Configuration;
using SRKernels.Models.Imaging;
using SRKernels.Models.Planning;
using SRKernels.Models.Sampling;
using SRKernels.Models.Tiling;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models;

/// <summary>
/// Pictures in, enlarged pictures out: image -> tensor -> latent -> chain of denoiser steps -> picture, tile by tile where a picture is large.
/// </summary>
/// <remarks>Loaded once, used for many pictures, one at a time: a second call waits for the first.</remarks>
public sealed class SuperResolver : IDisposable
{
    private const string ShippedWeights = "resshift-tiny-x4.safetensors";
    private const int DefaultTile = 128;
    private const int DefaultOverlap = 32;
    private const double DefaultShareOfMemory = 0.7;
    private readonly ResidualShiftModel _model;
    private readonly KernelContext _cx;
    private readonly long _weightBytes;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly GpuEngine? _engine;
    private readonly Precision _precision;
    private (CanvasShape Shape, CanvasRecording Recording)? _recorded;
    private CanvasProgram? _prepared;

    internal SuperResolver(ResidualShiftModel model, KernelContext cx, long weightBytes, GpuEngine? engine = null, Precision precision = Precision.Fp32)
    {
        (_model, _cx, _weightBytes, _engine, _precision) = (model, cx, weightBytes, engine, precision);
    }

    /// <summary>What was loaded.</summary>
    public ModelConfiguration Configuration => _model.Configuration;

    internal ResidualShiftModel Model => _model;

    internal KernelContext Context => _cx;

    /// <summary>Bytes of the weights in memory.</summary>
    public long WeightBytes => _weightBytes;

    /// <summary>Where the weights lie that come with the program.</summary>
    public static string ShippedWeightsPath => Path.Combine(AppContext.BaseDirectory, "weights", ShippedWeights);

    /// <summary>Loads the small weights that come with the program.</summary>
    /// <param name="threads">Threads, 0 for one a processor. Changes speed, never a byte of a result.</param>
    /// <exception cref="SrkException">The file is not where it should be.</exception>
    public static SuperResolver LoadShipped(int threads = 0) => Load(ShippedWeightsPath, threads: threads);

    /// <summary>Loads a model: both networks from one safetensors file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="task">The task's preset where the file does not say what it is for; see <see cref="TaskPreset"/>.</param>
    /// <param name="threads">Threads, 0 for one a processor. Changes speed, never a byte of a result.</param>
    /// <param name="kind">Which bodies of the ops run.</param>
    /// <exception cref="SrkException">The file cannot be read, or is no model that this program knows.</exception>
    public static SuperResolver Load(string path, string? task = null, int threads = 0, ExecutionKind kind = ExecutionKind.Cpu)
    {
        using var file = SafetensorsFile.Open(path);
        var (model, weightBytes) = Networks(file, task);
        return new SuperResolver(model, new KernelContext(kind, threads), weightBytes);
    }

    /// <summary>
    /// Loads a model to run on a device: networks, tiles' blending and chain there, files on the processor. Noise is drawn where its generator
    /// allows: <see cref="TorchCudaNoise"/> on the device, any other source on the processor.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="device">The device; disposed with the resolver.</param>
    /// <param name="precision">What products are computed in; sums, norms and everything in memory are fp32.</param>
    /// <param name="task">The task's preset where the file does not say what it is for; see <see cref="TaskPreset"/>.</param>
    /// <param name="threads">Threads of the work beside, 0 for one a processor.</param>
    /// <exception cref="SrkException">The file cannot be read or is no model that this program knows, or the device cannot compute in that precision.</exception>
    public static SuperResolver Load(string path, Device device, Precision precision = Precision.Fp32, string? task = null, int threads = 0)
    {
        if (precision != Precision.Fp32 && device.Info is { Kind: DeviceKind.Cuda, Target: < 80 })
            throw new SrkException($"precision {precision}", "tensor cores of sm_80 or newer", $"{device.Info.Name}, sm_{device.Info.Target}", "use fp32");
        using var file = SafetensorsFile.Open(path);
        var (model, weightBytes) = Networks(file, task);
        return new SuperResolver(model, new KernelContext(ExecutionKind.Cpu, threads), weightBytes, new GpuEngine(device), precision);
    }

    private static (ResidualShiftModel Model, long WeightBytes) Networks(SafetensorsFile file, string? task)
    {
        var configuration = ModelConfiguration.FromFile(file, task);
        var root = new WeightScope(file);
        var model = new ResidualShiftModel(
            configuration, root[ModelConfiguration.DenoiserPrefix.TrimEnd('.')], root[ModelConfiguration.AutoencoderPrefix.TrimEnd('.')]);
        // Buffers that the published checkpoints carry along and the ops compute themselves.
        root.CheckAllRead("attn_mask", "relative_position_index");
        return (model, file.Tensors.Values.Where(t => t.Type.IsFloat()).Sum(t => t.Count) * sizeof(float));
    }

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

    /// <summary>What upscaling a picture of a size will take; what <see cref="UpscaleAsync"/> then does.</summary>
    /// <param name="width">Its width, after any EXIF rotation.</param>
    /// <param name="height">Its height.</param>
    /// <param name="options">How.</param>
    /// <exception cref="SrkException">No tile is small enough for the memory allowed, or an option makes no sense.</exception>
    public MemoryPlan Plan(int width, int height, UpscaleOptions options)
    {
        var chain = ChainOf(options);
        var (tiles, memory) = Cut(width, height, options, chain);
        if (_engine is null) return memory;
        var shape = ShapeOf(tiles, width, height, options, chain);
        var recorder = Recorded(shape, chain).Recorder;
        var arena = ArenaPlan.Of(recorder.Places);
        // The tiles' sum and its weights lie in the arena; what is left beside it is the processor's.
        var canvas = (long)shape.Height * shape.Width * 4 * sizeof(float);
        // What a device draws itself lies there too, a tile at a time.
        var noise = shape.Noise is { } draws ? draws.Field.Count * draws.Count * sizeof(float) : 0;
        return memory with
        {
            ActivationBytes = arena.Bytes,
            PictureBytes = Math.Max(0, memory.PictureBytes - canvas - noise),
            Device = $"{recorder.Launches.Count} launches, {arena}",
        };
    }

    /// <summary>Upscales a picture.</summary>
    /// <param name="image">The picture; not changed.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told before and after each stage and step.</param>
    /// <param name="cancellation">Stops the work before its next op.</param>
    /// <returns>
    /// The picture, larger by the model's scale. Colour in gives RGB, grey gives grey (the luminance of what the model made), alpha is enlarged
    /// beside the colour, 16 bits stay 16, profile and EXIF are carried over. See <see cref="Compatibility.Upstream"/> for what that changes.
    /// </returns>
    /// <exception cref="SrkException">The options do not fit the model or the memory, or a NaN or infinity arose.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<Image> UpscaleAsync(
        Image image, UpscaleOptions? options = null, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellation = default)
    {
        await _oneAtATime.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Upscale(image, options ?? new UpscaleOptions(), progress, cancellation), cancellation);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Frees weights, buffers and threads.</summary>
    public void Dispose()
    {
        _prepared?.Dispose();
        _engine?.Dispose();
        _model.Dispose();
        _cx.Dispose();
        _oneAtATime.Dispose();
    }

    private Image Upscale(Image image, UpscaleOptions options, IProgress<UpscaleProgress>? progress, CancellationToken cancellation)
    {
        var upstream = options.Compatibility == Compatibility.Upstream;
        var picture = upstream ? image : image.Oriented();
        CheckMask(picture, options);
        var chain = ChainOf(options);
        var source = options.Noise ?? new TorchCpuNoise(options.Seed);
        source.Reset();
        _cx.Cancellation = cancellation;
        try
        {
            using var lq = ToTensor(picture);                                         // [1, h, w, 3]
            using var mask = options.Mask is { } m ? ToMask(m) : null;                // [1, h, w, 1]
            using var result = UpscaleInTiles(lq, mask, options, chain, source, progress);    // [1, s h, s w, 3]
            if (mask is not null) PasteBack(result, lq, mask);
            var output = PixelFloats.FromRgb(
                result.Span, result.Shape.W, result.Shape.H, PixelRange.MinusOneToOne, upstream ? 8 : picture.BitDepth);
            return upstream ? output : Dress(output, picture);
        }
        finally
        {
            _cx.Cancellation = default;
            _cx.Pool.Reclaim();
            _cx.Pool.Trim();
        }
    }

    // A device that runs out of memory gets smaller tiles.
    private Tensor UpscaleInTiles(
        Tensor lq, Tensor? mask, UpscaleOptions options, IChain chain, INoiseSource source, IProgress<UpscaleProgress>? progress)
    {
        var upstream = options.Compatibility == Compatibility.Upstream;
        int? side = null;
        while (true)
        {
            var (tiles, _) = Cut(lq.Shape.W, lq.Shape.H, options, chain, side);
            var clock = new ProgressClock(progress, Configuration, tiles, chain.NetworkCalls);
            try
            {
                using var canvas = Canvas(ShapeOf(tiles, lq.Shape.W, lq.Shape.H, options, chain), chain, clock);
                if (upstream) AddUpstream(canvas, lq, mask, tiles, source, clock);
                else AddSeamless(canvas, lq, mask, tiles, chain, source, clock);
                var result = canvas.Finish();
                clock.Report(UpscaleStage.Done, tiles.Count, chain.NetworkCalls);
                return result;
            }
            catch (DeviceOutOfMemoryException) when (Smaller(tiles) is { } smaller && !upstream)
            {
                side = smaller;
                _prepared?.Dispose();
                _prepared = null;
                source.Reset();
            }
        }
    }

    private TileCanvas Canvas(CanvasShape shape, IChain chain, ProgressClock clock)
    {
        if (_engine is null) return new HostCanvas(_model, _cx, chain, shape, clock.Report);
        var recording = Recorded(shape, chain);
        if (_prepared?.Recording != recording)
        {
            _prepared?.Dispose();
            _prepared = null;
            _prepared = new CanvasProgram(_engine, recording);
        }

        return new DeviceCanvas(_prepared, _cx, clock.Report);
    }

    private CanvasRecording Recorded(CanvasShape shape, IChain chain)
    {
        if (_recorded is { } last && last.Shape == shape) return last.Recording;
        var recording = new CanvasRecording(_model, _engine!.Device.Info, _precision, chain, shape);
        _recorded = (shape, recording);
        return recording;
    }

    private CanvasShape ShapeOf(TilePlan tiles, int width, int height, UpscaleOptions options, IChain chain)
    {
        var s = Configuration.Scale;
        var (inputHeight, inputWidth) = tiles.NetworkInput;
        var (resultHeight, resultWidth) = (height * s, width * s);
        return options.Compatibility == Compatibility.Upstream
            ? new CanvasShape(
                inputHeight, inputWidth, tiles.Rows.Tile * s, tiles.Columns.Tile * s, resultHeight, resultWidth, resultHeight, resultWidth,
                chain.NetworkCalls, options.Mask is not null, NoiseOf(inputHeight, inputWidth, options, chain))
            : new CanvasShape(
                inputHeight, inputWidth, inputHeight * s, inputWidth * s, tiles.Rows.Length * s, tiles.Columns.Length * s, resultHeight, resultWidth,
                chain.NetworkCalls, options.Mask is not null, NoiseOf(tiles.Rows.Length, tiles.Columns.Length, options, chain));
    }

    // What a device draws itself: the noise of each tile, or windows of the picture's field, whose sides are these in low-quality pixels.
    private NoiseDraws? NoiseOf(int height, int width, UpscaleOptions options, IChain chain)
    {
        if (_engine is null || ICountedSource.In(options.Noise) is not { } counted) return null;
        var alignment = TilePlan.Alignment(Configuration);
        var field = new Shape(1, height / alignment, width / alignment, Configuration.Autoencoder.EmbedDim);
        return new NoiseDraws(field, chain.Draws, counted.ThreadsFor(field.Count));
    }

    // One picture padded as a whole, one field of noise cut with it, neighbouring tiles blended over their overlap.
    private void AddSeamless(TileCanvas canvas, Tensor lq, Tensor? mask, TilePlan tiles, IChain chain, INoiseSource source, ProgressClock clock)
    {
        var (h, w) = (tiles.Rows.Length, tiles.Columns.Length);
        var s = Configuration.Scale;
        var alignment = TilePlan.Alignment(Configuration);
        using var padded = ReflectPad.Apply(_cx, lq, h - lq.Shape.H, w - lq.Shape.W);
        using var paddedMask = mask is null ? null : ReflectPad.Apply(_cx, mask, h - lq.Shape.H, w - lq.Shape.W);
        var latent = new Shape(1, h / alignment, w / alignment, Configuration.Autoencoder.EmbedDim);
        using var field = new NoiseField(_cx, source, latent, chain.Draws);
        for (var row = 0; row < tiles.Rows.Starts.Count; row++)
            for (var column = 0; column < tiles.Columns.Starts.Count; column++)
            {
                var (y, x) = (tiles.Rows.Starts[row], tiles.Columns.Starts[column]);
                clock.StartTile();
                using var tile = Crop.Apply(_cx, padded, y, x, tiles.Rows.Tile, tiles.Columns.Tile);
                using var tileMask = paddedMask is null ? null : Crop.Apply(_cx, paddedMask, y, x, tiles.Rows.Tile, tiles.Columns.Tile);
                canvas.Add(
                    tile, tileMask, field.At(y / alignment, x / alignment), y * s, x * s,
                    FeatherWeights.Of(tiles.Rows, row, s), FeatherWeights.Of(tiles.Columns, column, s));
            }
    }

    // Each tile padded by itself, its noise drawn after the last tile's, all tiles averaged with equal weight.
    private void AddUpstream(TileCanvas canvas, Tensor lq, Tensor? mask, TilePlan tiles, INoiseSource source, ProgressClock clock)
    {
        var s = Configuration.Scale;
        var noise = new DrawnNoise(source);
        var (height, width) = tiles.NetworkInput;
        var (padY, padX) = (height - tiles.Rows.Tile, width - tiles.Columns.Tile);
        foreach (var y in tiles.Rows.Starts)
            foreach (var x in tiles.Columns.Starts)
            {
                clock.StartTile();
                using var tile = Crop.Apply(_cx, lq, y, x, tiles.Rows.Tile, tiles.Columns.Tile);
                using var padded = ReflectPad.Apply(_cx, tile, padY, padX);
                using var tileMask = mask is null ? null : Crop.Apply(_cx, mask, y, x, tiles.Rows.Tile, tiles.Columns.Tile);
                using var paddedMask = tileMask is null ? null : ReflectPad.Apply(_cx, tileMask, padY, padX);
                canvas.Add(padded, paddedMask, noise, y * s, x * s, [], []);
            }
    }

    private IChain ChainOf(UpscaleOptions options)
    {
        var diffusion = Configuration.Diffusion;
        if (options.Steps is { } steps && steps != diffusion.Steps) diffusion = diffusion with { Respacing = steps };
        return Chain.Create(diffusion);
    }

    // The longest side of the next smaller tiles, or null at the smallest.
    private int? Smaller(TilePlan tiles)
    {
        var multiple = TilePlan.StructuralMultiple(Configuration);
        var longest = Math.Max(tiles.NetworkInput.Height, tiles.NetworkInput.Width);
        return longest > multiple ? longest - multiple : null;
    }

    private (TilePlan Tiles, MemoryPlan Memory) Cut(int width, int height, UpscaleOptions options, IChain chain, int? most = null)
    {
        var limit = options.MaxMemoryBytes ?? (long)((_engine?.Device.Info.MemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) * DefaultShareOfMemory);
        var side = most ?? options.Tile ?? (options.Compatibility == Compatibility.Upstream ? (int?)null : DefaultTile);
        var multiple = TilePlan.StructuralMultiple(Configuration);
        while (true)
        {
            var overlap = options.Overlap ?? Math.Min(DefaultOverlap, side is { } t ? ((t + multiple - 1) / multiple * multiple) / 4 : DefaultOverlap);
            var tiles = options.Compatibility == Compatibility.Upstream
                ? TilePlan.Upstream(Configuration, height, width, side, options.Overlap)
                : TilePlan.Even(Configuration, height, width, side!.Value, overlap);
            var memory = MemoryPlan.Of(Configuration, tiles, _weightBytes, chain.NetworkCalls, chain.Draws);
            if (memory.TotalBytes <= limit) return (tiles, memory);
            // Smaller tiles change upstream's result, so there they are never chosen for the user.
            if (options.Compatibility == Compatibility.Upstream || Smaller(tiles) is not { } smaller)
            {
                throw new SrkException(
                    "memory", $"at least {(memory.TotalBytes >> 20) + 1} MiB for a picture of {width}x{height}", $"{limit >> 20} MiB allowed",
                    "allow more with --max-memory, or set a smaller --tile");
            }

            side = smaller;
        }
    }

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

    // What is known stays as it was: result m + picture (1 - m), all three as 0..1.
    private static void PasteBack(Tensor result, Tensor lq, Tensor mask)
    {
        var r = result.Span;
        var l = lq.Span;
        var m = mask.Span;
        for (var i = 0; i < r.Length; i++)
        {
            var (r01, l01, m01) = ((r[i] * 0.5f) + 0.5f, (l[i] * 0.5f) + 0.5f, (m[i / 3] * 0.5f) + 0.5f);
            r[i] = (((r01 * m01) + (l01 * (1 - m01))) - 0.5f) / 0.5f;
        }
    }

    private Tensor ToTensor(Image picture)
    {
        var tensor = _cx.Rent(1, picture.Height, picture.Width, 3);
        PixelFloats.ToRgb(picture, tensor.Span, PixelRange.MinusOneToOne);
        return tensor;
    }

    private Tensor ToMask(Image mask)
    {
        using var repeated = ToTensor(mask);
        var tensor = _cx.Rent(1, mask.Height, mask.Width, 1);
        var values = tensor.Span;
        var triples = repeated.Span;
        for (var i = 0; i < values.Length; i++) values[i] = triples[3 * i];
        return tensor;
    }

    // What the picture had beside three channels of colour: grey, alpha, metadata.
    private Image Dress(Image output, Image picture)
    {
        if (picture.IsGrey) output = GreyPicture.Of(output);
        output.Metadata = picture.Metadata;
        if (!picture.HasAlpha) return output;
        using var alpha = ToTensor(AlphaChannel.Extract(picture));
        using var enlarged = BicubicResize.Apply(_cx, alpha, Configuration.Scale);
        return AlphaChannel.Attach(
            output, PixelFloats.FromRgb(enlarged.Span, enlarged.Shape.W, enlarged.Shape.H, PixelRange.MinusOneToOne, picture.BitDepth));
    }

    /// <summary>Turns stages and steps into a share of the whole and a time that is left.</summary>
    private sealed class ProgressClock
    {
        private readonly IProgress<UpscaleProgress>? _progress;
        private readonly long _start = Stopwatch.GetTimestamp();
        private readonly (double Encode, double Step, double Decode) _flops;
        private readonly int _tiles;
        private readonly int _steps;
        private int _tile;

        public ProgressClock(IProgress<UpscaleProgress>? progress, ModelConfiguration m, TilePlan tiles, int steps)
        {
            var (encode, step, decode) = MemoryPlan.Costs(m, tiles.NetworkInput.Height, tiles.NetworkInput.Width);
            (_progress, _flops, _tiles, _steps) = (progress, (encode.Flops, step.Flops, decode.Flops), tiles.Count, steps);
        }

        public void StartTile() => _tile++;

        public void Report(UpscaleStage stage, int step) => Report(stage, _tile, step);

        public void Report(UpscaleStage stage, int tile, int step)
        {
            if (_progress is null) return;
            var perTile = _flops.Encode + (_steps * _flops.Step) + _flops.Decode;
            var done = stage switch
            {
                UpscaleStage.Encode => 0,
                UpscaleStage.Done => perTile,
                _ => _flops.Encode + (step * _flops.Step),
            };
            var fraction = ((tile - 1) + (done / perTile)) / _tiles;
            var elapsed = Stopwatch.GetElapsedTime(_start);
            TimeSpan? remaining = fraction > 0 ? elapsed * ((1 - fraction) / fraction) : null;
            _progress.Report(new UpscaleProgress(stage, tile, _tiles, step, _steps, fraction, elapsed, remaining));
        }
    }
}
