using SRKernels.Kernels;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Resampling;
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

    private string Qkv => $"{_name}.qkv";

    public AttentionBlock(WeightScope w, AutoencoderConfiguration a, int channels)
        : this(w.Path, new GroupNormLayer(w["norm"], channels, a.Groups, a.NormEps), channels, part => new ConvLayer(w[part], channels, channels, 1))
    {
    }

    private AttentionBlock(string name, GroupNormLayer norm, int channels, Func<string, ConvLayer> part)
    {
        (_name, _channels, _norm) = (name, channels, norm);
        _q = part("q");
        _k = part("k");
        _v = part("v");
        _projOut = part("proj_out");
        _joined = new Lazy<JoinedAttention>(() => new JoinedAttention(Qkv, _q.Weights, _k.Weights, _v.Weights, _projOut.Weights));
    }

    /// <summary>Of a checkpoint that keeps queries, keys and values as one convolution without bias, <c>qkv</c>, and the projection as <c>out</c>.</summary>
    public static AttentionBlock OfJoinedWeights(WeightScope w, int channels, int groups, float normEps) =>
        new(w.Path, new GroupNormLayer(w["norm"], channels, groups, normEps), channels, part =>
        {
            if (part == "proj_out") return new ConvLayer(w["out"], channels, channels, 1);
            var third = w["qkv"].Tensor("weight", 3 * channels, channels, 1, 1).Slice("qkv".IndexOf(part, StringComparison.Ordinal) * channels * channels, channels * channels);
            return new ConvLayer($"{w.Path}.{part}", Conv2dWeights.Pack(third, [], channels, channels, 1));
        });

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
        if (cx.Trace?.Wants(Qkv) == true) Show(cx, q, k, v);
        h = SelfAttention.Apply(cx, q, k, v);                         // [n, h, w, c]
        q.Dispose();
        k.Dispose();
        v.Dispose();
        return _projOut.Consume(cx, h, residual: x);
    }

    /// <summary>What a module that keeps the three as one would give.</summary>
    private void Show(KernelContext cx, Tensor q, Tensor k, Tensor v)
    {
        using var qk = Concat.Apply(cx, q, k);
        using var qkv = Concat.Apply(cx, qk, v);
        cx.Show(Qkv, qkv);
    }

    private Tensor Joined(KernelContext cx, Tensor x)
    {
        var qkv = _norm.Into(_joined.Value.Qkv, cx, x);         // [n, h, w, 3c]
        return SelfAttention.ApplyJoined(cx, qkv, _joined.Value.Constant, x, consumes: true);
    }

    /// <summary>Only on tensor cores, and where nobody wants to see what the layers by themselves give.</summary>
    private bool RunsJoined(KernelContext cx) =>
        cx.Kind == ExecutionKind.Device && SelfAttention.HasTensorCores(cx.Gpu.Info, cx.Gpu.Precision, _channels)
        && !(cx.Trace?.Wants(Qkv) == true || _norm.IsWanted(cx) || _q.IsWanted(cx) || _k.IsWanted(cx) || _v.IsWanted(cx) || _projOut.IsWanted(cx));
}
