using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.Tiling;

/// <summary>Tiles on the processor, each stage giving its memory back before the next.</summary>
internal sealed class HostCanvas : TileCanvas
{
    private readonly ResidualShiftModel _model;
    private readonly KernelContext _cx;
    private readonly IChain _chain;
    private readonly CanvasShape _shape;
    private readonly Action<UpscaleStage, int> _report;
    private readonly Tensor _sum;
    private readonly Tensor _weight;

    public HostCanvas(ResidualShiftModel model, KernelContext cx, IChain chain, CanvasShape shape, Action<UpscaleStage, int> report)
    {
        (_model, _cx, _chain, _shape, _report) = (model, cx, chain, shape, report);
        (_sum, _weight) = TileBlend.Begin(cx, new Shape(1, shape.Height, shape.Width, 3));
    }

    public override void Add(
        Tensor tile, Tensor? mask, ITileNoise noise, int y, int x, ReadOnlySpan<float> rowWeights, ReadOnlySpan<float> columnWeights)
    {
        using var whole = RunNetworks(tile, mask, noise);
        var isCut = whole.Shape.H != _shape.KeptHeight || whole.Shape.W != _shape.KeptWidth;
        using var cut = isCut ? Crop.Apply(_cx, whole, 0, 0, _shape.KeptHeight, _shape.KeptWidth) : null;
        TileBlend.Accumulate(_cx, _sum, _weight, cut ?? whole, y, x, rowWeights, columnWeights);
    }

    public override Tensor Finish()
    {
        TileBlend.Finish(_cx, _sum, _weight);
        return Crop.Apply(_cx, _sum, 0, 0, _shape.ResultHeight, _shape.ResultWidth);
    }

    public override void Dispose()
    {
        _sum.Dispose();
        _weight.Dispose();
    }

    private Tensor RunNetworks(Tensor tile, Tensor? mask, ILatentNoise noise)
    {
        _report(UpscaleStage.Encode, 0);
        using var zy = _model.Encode(_cx, tile);
        _cx.Pool.Trim();
        _report(UpscaleStage.Sample, 0);
        using var condition = mask is null ? null : Concat.Apply(_cx, tile, mask);
        using var latent = _model.Sample(_cx, zy, condition ?? tile, _chain, noise, step => _report(UpscaleStage.Sample, step));
        _cx.Pool.Trim();
        _report(UpscaleStage.Decode, _chain.NetworkCalls);
        using var result = _model.Decode(_cx, latent);
        _cx.Pool.Trim();
        return Clamp.Apply(_cx, result, -1, 1);
    }
}
