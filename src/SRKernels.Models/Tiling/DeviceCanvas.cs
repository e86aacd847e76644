using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Pixels;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
using SRKernels.Models.Sampling;
using SRKernels.Runtime;

namespace SRKernels.Models.Tiling;

/// <summary>
/// What a device runs for one picture, recorded: an empty canvas; a tile through the networks onto it, as often as there are tiles; the result.
/// </summary>
internal sealed class CanvasRecording
{
    /// <summary>Records.</summary>
    /// <param name="run">What runs a tile.</param>
    /// <param name="info">The device that it is for.</param>
    /// <param name="precision">What products are computed in.</param>
    /// <param name="shape">The extents.</param>
    public CanvasRecording(ITileRun run, DeviceInfo info, Precision precision, CanvasShape shape)
    {
        Recorder = new GpuRecorder(info, precision);
        using var cx = new KernelContext(Recorder, engine: null);
        var input = shape.OnDevice is null ? Recorder.Input(shape.Tile) : null;
        Mask = shape.HasMask ? Recorder.Input(new Shape(1, shape.InputHeight, shape.InputWidth, 1)) : null;
        Origin = Recorder.State<int>([0, 0]);
        Noise = RecordedNoise.Of(Recorder, shape.Noise);
        RowWeights = Recorder.Input(new Shape(1, 1, 1, shape.KeptHeight));
        ColumnWeights = Recorder.Input(new Shape(1, 1, 1, shape.KeptWidth));
        var whole = new Shape(1, shape.Height, shape.Width, 3);
        Tensor? padded = null;
        if (shape.OnDevice is { Picture: var from })
        {
            Window = Recorder.State<int>([0, 0]);
            Picture = GpuRecorder.Foreign(from.ElementBytes, from.Elements);
            padded = RgbPixels.Load(cx, Picture, from, whole.H / shape.Scale, whole.W / shape.Scale);
        }

        var (sum, weight) = TileBlend.Begin(cx, whole);
        Recorder.BeginPart();
        Tile = input ?? Crop.ApplyAt(cx, padded!, Window, shape.InputHeight, shape.InputWidth);
        using (var result = RunNetworks(cx, run))
        using (var kept = Crop.Apply(cx, result, 0, 0, shape.KeptHeight, shape.KeptWidth))
            TileBlend.AccumulateAt(cx, sum, weight, kept, Origin, GpuView.Of(RowWeights), GpuView.Of(ColumnWeights));
        if (input is null) Tile.Dispose();
        Recorder.BeginPart();
        TileBlend.Finish(cx, sum, weight);
        Result = Crop.Apply(cx, sum, 0, 0, shape.ResultHeight, shape.ResultWidth);
        if (shape.OnDevice is not { Result: var to })
        {
            Recorder.Keep(Result);
            return;
        }

        Enlarged = GpuRecorder.Foreign(to.ElementBytes, to.Elements);
        RgbPixels.Store(cx, Result, Enlarged, to);
    }

    public GpuRecorder Recorder { get; }

    /// <summary>The tile: uploaded, or cut on the device.</summary>
    public Tensor Tile { get; }

    public Tensor? Mask { get; }

    public RecordedNoise Noise { get; }

    /// <summary>The picture, where it lies in the device's memory.</summary>
    public GpuView Picture { get; }

    /// <summary>What it becomes there.</summary>
    public GpuView Enlarged { get; }

    /// <summary>The tile's first row and column in the padded picture, where that is on the device.</summary>
    public GpuView Window { get; }

    /// <summary>The tile's first row and column on the canvas.</summary>
    public GpuView Origin { get; }

    public Tensor RowWeights { get; }

    public Tensor ColumnWeights { get; }

    /// <summary>[1, h, w, 3], kept to the end.</summary>
    public Tensor Result { get; }

    /// <summary>Is told of stages and steps, on devices that run launch by launch.</summary>
    public Action<UpscaleStage, int>? Report { get; set; }

    private Tensor RunNetworks(KernelContext cx, ITileRun run)
    {
        using var result = run.Run(cx, Tile, Mask, Noise, (stage, step) =>
        {
            if (stage == UpscaleStage.Decode) Noise.Release();
            Mark(stage, step);
        });
        return Clamp.Apply(cx, result, -1, 1);
    }

    private void Mark(UpscaleStage stage, int step) => Recorder.Mark(() => Report?.Invoke(stage, step));
}

/// <summary>A recording made ready on a device, for any number of pictures of its extents.</summary>
internal sealed class CanvasProgram(GpuEngine engine, CanvasRecording recording) : IDisposable
{
    public CanvasRecording Recording { get; } = recording;

    public GpuProgram Program { get; } = new(engine, recording.Recorder);

    public void Dispose() => Program.Dispose();
}

/// <summary>Tiles on a device, where the whole canvas lies: uploads without waiting, the result read back at the end, some rows at a time.</summary>
internal sealed class DeviceCanvas : TileCanvas
{
    internal const int Beginning = 0;
    internal const int OneTile = 1;
    internal const int Result = 2;
    private const int ReadElements = 4 << 20;
    private readonly CanvasRecording _recording;
    private readonly GpuProgram _program;
    private readonly KernelContext _host;
    private readonly CancellationToken _cancellation;

    private readonly int _height;

    public DeviceCanvas(CanvasProgram prepared, KernelContext host, int height, Action<UpscaleStage, int> report)
    {
        _height = height;
        (_recording, _program, _host, _cancellation) = (prepared.Recording, prepared.Program, host, host.Cancellation);
        _recording.Report = report;
        _program.Reset();
        _program.Start(Beginning, _cancellation);
    }

    public override void Add(
        Tensor tile, Tensor? mask, ITileNoise noise, int y, int x, ReadOnlySpan<float> rowWeights, ReadOnlySpan<float> columnWeights)
    {
        _program.Upload(_recording.Tile, tile.Span);
        if (mask is not null) _program.Upload(_recording.Mask!, mask.Span);
        _recording.Noise.Fill(_program, _host, noise);
        _program.Upload<int>(_recording.Origin, [y, x]);
        Upload(_recording.RowWeights, rowWeights);
        Upload(_recording.ColumnWeights, columnWeights);
        _program.Start(OneTile, _cancellation);
    }

    public override void FinishRows(int end, ResultRows to)
    {
        if (end < _height) return;
        _program.Start(Result, _cancellation);
        var (_, h, w, c) = _recording.Result.Shape;
        var row = w * c;
        var rows = Math.Clamp(ReadElements / row, 1, h);
        using var read = _host.Rent(1, rows, w, c);
        for (var y = 0; y < h; y += rows)
        {
            rows = Math.Min(rows, h - y);
            _program.Download(_recording.Result, (long)y * row, read.Span[..(rows * row)]);
            for (var i = 0; i < rows; i++) to.Take(read.Row(i));
            _cancellation.ThrowIfCancellationRequested();
        }
    }

    public override void Dispose() => _recording.Report = null;

    private void Upload(Tensor place, ReadOnlySpan<float> weights)
    {
        if (!weights.IsEmpty)
        {
            _program.Upload(place, weights);
            return;
        }

        var ones = new float[place.Shape.Count];
        Array.Fill(ones, 1);
        _program.Upload(place, ones);
    }
}
