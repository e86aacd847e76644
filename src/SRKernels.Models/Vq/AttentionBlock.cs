using SRKernels.Kernels;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Vq;

/// <summary>Single-head attention of every position to every other, added to its input.</summary>
// Esser, Rombach, Ommer. Taming transformers. 2021. Section 3.1; AttnBlock in ldm's model.py as ResShift carries it @3ce1d81.
internal sealed class AttentionBlock : IVqLayer
{
    private readonly string _name;
    private readonly int _channels;
    private readonly GroupNormLayer _norm;
    private readonly ConvLayer _q;
    private readonly ConvLayer _k;
    private readonly ConvLayer _v;
    private readonly ConvLayer _projOut;

    /// <summary>As much memory again as three of the four: made only where it runs.</summary>
    private readonly Lazy<JoinedAttention> _joined;

    public AttentionBlock(WeightScope w, AutoencoderConfiguration a, int channels)
    {
        (_name, _channels) = (w.Path, channels);
        _norm = new GroupNormLayer(w["norm"], channels, a.Groups, a.NormEps);
        _q = new ConvLayer(w["q"], channels, channels, 1);
        _k = new ConvLayer(w["k"], channels, channels, 1);
        _v = new ConvLayer(w["v"], channels, channels, 1);
        _projOut = new ConvLayer(w["proj_out"], channels, channels, 1);
        _joined = new Lazy<JoinedAttention>(() => new JoinedAttention($"{_name}.qkv", _q.Weights, _k.Weights, _v.Weights, _projOut.Weights));
    }

    public Tensor Forward(KernelContext cx, Tensor x) => (RunsJoined(cx) ? Joined(cx, x) : ByLayers(cx, x)).Traced(cx, _name);

    public void Dispose()
    {
        _q.Dispose();
        _k.Dispose();
        _v.Dispose();
        _projOut.Dispose();
        if (_joined.IsValueCreated) _joined.Value.Dispose();
    }

    private Tensor ByLayers(KernelContext cx, Tensor x)
    {
        var h = _norm.Forward(cx, x);                                 // [n, h, w, c]
        var q = _q.Forward(cx, h);
        var k = _k.Forward(cx, h);
        var v = _v.Consume(cx, h);
        h = SelfAttention.Apply(cx, q, k, v);                         // [n, h, w, c]
        q.Dispose();
        k.Dispose();
        v.Dispose();
        return _projOut.Consume(cx, h, residual: x);
    }

    private Tensor Joined(KernelContext cx, Tensor x)
    {
        var qkv = _norm.Into(_joined.Value.Qkv, cx, x);         // [n, h, w, 3c]
        return SelfAttention.ApplyJoined(cx, qkv, _joined.Value.Constant, x, consumes: true);
    }

    /// <summary>Only on tensor cores, and where nobody wants to see what the layers by themselves give.</summary>
    private bool RunsJoined(KernelContext cx) =>
        cx.Kind == ExecutionKind.Device && SelfAttention.HasTensorCores(cx.Gpu.Info, cx.Gpu.Precision, _channels)
        && !(_norm.IsWanted(cx) || _q.IsWanted(cx) || _k.IsWanted(cx) || _v.IsWanted(cx) || _projOut.IsWanted(cx));
}
