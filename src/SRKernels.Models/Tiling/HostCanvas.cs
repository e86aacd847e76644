using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.Tiling;

/// <summary>
/// Tiles on the processor, each stage giving its memory back before the next. Only a band of the canvas is there: as many rows as a tile has.
/// </summary>
internal sealed class HostCanvas : TileCanvas
{
    private readonly ITileRun _run;
    private readonly KernelContext _cx;
    private readonly CanvasShape _shape;
    private readonly Action<UpscaleStage, int> _report;
    private readonly TensorPool _pool = new();
    private readonly Tensor _sum;
    private readonly Tensor _weight;
    private int _top;

    public HostCanvas(ITileRun run, KernelContext cx, CanvasShape shape, Action<UpscaleStage, int> report)
    {
        (_run, _cx, _shape, _report) = (run, cx, shape, report);
        _sum = _pool.Rent(new Shape(1, shape.KeptHeight, shape.Width, 3));
        _weight = _pool.Rent(_sum.Shape.WithChannels(1));
        TileBlend.Clear(cx, _sum);
        TileBlend.Clear(cx, _weight);
    }

    /// <summary>Bytes that a canvas holds.</summary>
    public static long HeldBytes(CanvasShape shape) => (long)shape.KeptHeight * shape.Width * 4 * sizeof(float);

    public override void Add(
        Tensor tile, Tensor? mask, ITileNoise noise, int y, int x, ReadOnlySpan<float> rowWeights, ReadOnlySpan<float> columnWeights)
    {
        using var whole = RunNetworks(tile, mask, noise);
        var isCut = whole.Shape.H != _shape.KeptHeight || whole.Shape.W != _shape.KeptWidth;
        using var cut = isCut ? Crop.Apply(_cx, whole, 0, 0, _shape.KeptHeight, _shape.KeptWidth) : null;
        TileBlend.Accumulate(_cx, _sum, _weight, cut ?? whole, y - _top, x, rowWeights, columnWeights);
    }

    public override void FinishRows(int end, ResultRows to)
    {
        var rows = end - _top;
        TileBlend.FinishRows(_cx, _sum, _weight, rows);
        for (var y = 0; y < Math.Min(rows, _shape.ResultHeight - _top); y++) to.Take(_sum.Row(y)[..(3 * _shape.ResultWidth)]);
        MoveUp(_sum, rows);
        MoveUp(_weight, rows);
        _top = end;
    }

    public override void Dispose()
    {
        _sum.Dispose();
        _weight.Dispose();
        _pool.Dispose();
    }

    // What neighbouring rows of tiles share goes to the band's beginning, empty rows follow.
    private static void MoveUp(Tensor band, int rows)
    {
        for (var y = rows; y < band.Shape.H; y++) band.Row(y).CopyTo(band.Row(y - rows));
        for (var y = band.Shape.H - rows; y < band.Shape.H; y++) band.Row(y).Clear();
    }

    private Tensor RunNetworks(Tensor tile, Tensor? mask, ILatentNoise noise)
    {
        using var result = _run.Run(_cx, tile, mask, noise, Report);
        _cx.Pool.Trim();
        return Clamp.Apply(_cx, result, -1, 1);
    }

    // Each stage's maps are of other sizes than the last one's.
    private void Report(UpscaleStage stage, int step)
    {
        if (stage == UpscaleStage.Decode || (stage == UpscaleStage.Sample && step == 0)) _cx.Pool.Trim();
        _report(stage, step);
    }
}
