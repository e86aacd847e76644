using SRKernels.Kernels;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Configuration;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Vq;

/// <summary>Single-head attention of every position to every other, added to its input.</summary>
// Esser, Rombach, Ommer. Taming transformers. 2021. Section 3.1; AttnBlock in ldm's model.py as ResShift carries it @3ce1d81.
internal sealed class AttentionBlock : IVqLayer
{
    private readonly string _name;
    private readonly GroupNormLayer _norm;
    private readonly ConvLayer _q;
    private readonly ConvLayer _k;
    private readonly ConvLayer _v;
    private readonly ConvLayer _projOut;

    public AttentionBlock(WeightScope w, AutoencoderConfiguration a, int channels)
    {
        _name = w.Path;
        _norm = new GroupNormLayer(w["norm"], channels, a.Groups, a.NormEps);
        _q = new ConvLayer(w["q"], channels, channels, 1);
        _k = new ConvLayer(w["k"], channels, channels, 1);
        _v = new ConvLayer(w["v"], channels, channels, 1);
        _projOut = new ConvLayer(w["proj_out"], channels, channels, 1);
    }

    public Tensor Forward(KernelContext cx, Tensor x)
    {
        var h = _norm.Forward(cx, x);                                 // [n, h, w, c]
        var q = _q.Forward(cx, h);
        var k = _k.Forward(cx, h);
        var v = _v.Consume(cx, h);
        h = SelfAttention.Apply(cx, q, k, v);                         // [n, h, w, c]
        q.Dispose();
        k.Dispose();
        v.Dispose();
        return _projOut.Consume(cx, h, residual: x).Traced(cx, _name);
    }

    public void Dispose()
    {
        _q.Dispose();
        _k.Dispose();
        _v.Dispose();
        _projOut.Dispose();
    }
}
