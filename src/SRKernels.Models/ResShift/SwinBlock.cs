using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.UNet;
using SRKernels.Models.Weights;

namespace SRKernels.Models.ResShift;

/// <summary>The numbers of one Swin layer.</summary>
/// <param name="Channels">Channels of the map outside the layer.</param>
/// <param name="EmbedDim">Channels inside.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Window">Side of the windows.</param>
/// <param name="Depth">Blocks.</param>
/// <param name="Shifted">Whether odd blocks shift by half a window.</param>
/// <param name="MlpHidden">Hidden channels of the blocks' MLP.</param>
/// <param name="PatchNorm">Whether a norm follows the embedding and the unembedding.</param>
/// <param name="Groups">Groups of every norm.</param>
/// <param name="NormEps">Epsilon of every norm.</param>
internal readonly record struct SwinShape(
    int Channels, int EmbedDim, int Heads, int Window, int Depth, bool Shifted, int MlpHidden, bool PatchNorm, int Groups, float NormEps);

/// <summary>Attention inside windows, then an MLP, each behind a norm and added to its input.</summary>
// Liu et al. Swin transformer: hierarchical vision transformer using shifted windows. 2021. Figure 3b.
// DEVIATES: GroupNorm instead of LayerNorm, and ResShift's own mask (see WindowAttention); its models/swin_transformer.py @3ce1d81.
internal sealed class SwinBlock : IDisposable
{
    private readonly string _name;
    private readonly GroupNormLayer _norm1;
    private readonly LinearLayer _qkv;
    private readonly RelativePositionBias _relativePositionBias;
    private readonly LinearLayer _proj;
    private readonly GroupNormLayer _norm2;
    private readonly ConvLayer _fc1;
    private readonly ConvLayer _fc2;
    private readonly SwinShape _shape;
    private readonly int _shift;

    public SwinBlock(WeightScope w, SwinShape s, int shift)
    {
        (_name, _shape, _shift) = (w.Path, s, shift);
        _norm1 = new GroupNormLayer(w["norm1"], s.EmbedDim, s.Groups, s.NormEps);
        _qkv = new LinearLayer(w["attn.qkv"], s.EmbedDim, 3 * s.EmbedDim);
        var side = (2 * s.Window) - 1;
        _relativePositionBias = RelativePositionBias.FromTable(
            w["attn"].Tensor("relative_position_bias_table", side * side, s.Heads), s.Window, s.Heads);
        _proj = new LinearLayer(w["attn.proj"], s.EmbedDim, s.EmbedDim);
        _norm2 = new GroupNormLayer(w["norm2"], s.EmbedDim, s.Groups, s.NormEps);
        _fc1 = new ConvLayer(w["mlp.fc1"], s.EmbedDim, s.MlpHidden, 1);
        _fc2 = new ConvLayer(w["mlp.fc2"], s.MlpHidden, s.EmbedDim, 1);
    }

    /// <summary>The table of biases, expanded.</summary>
    internal RelativePositionBias Bias => _relativePositionBias;

    /// <summary>By how much the windows are shifted.</summary>
    internal int Shift => _shift;

    public Tensor Forward(KernelContext cx, Tensor x)
    {
        var h = _norm1.Into(_qkv, cx, x);                                 // [n, h, w, 3 e]
        var attended = WindowAttention.Apply(cx, h, _relativePositionBias, _shape.Heads, _shape.Window, _shift);
        h.Dispose();
        using var sum = _proj.Consume(cx, attended, residual: x);         // [n, h, w, e]
        h = _norm2.Into(_fc1, cx, sum.Traced(cx, $"{_name}.norm2.in"), outputActivation: Activation.GeluErf);    // [n, h, w, hidden]
        return _fc2.Consume(cx, h, residual: sum).Traced(cx, _name);      // [n, h, w, e]
    }

    public void Dispose()
    {
        _qkv.Dispose();
        _proj.Dispose();
        _fc1.Dispose();
        _fc2.Dispose();
    }
}
