using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Rrdb;

/// <summary>A residual-in-residual dense block: 0.2 times three dense blocks plus the input.</summary>
// Wang et al. ESRGAN. 2018. Fig. 4.
internal sealed class RrdbBlock : IDisposable
{
    private readonly string _name;
    private readonly int _features;
    private readonly DenseBlock _rdb1, _rdb2, _rdb3;

    public RrdbBlock(WeightScope w, RrdbNetworkConfiguration c)
    {
        _name = w.Path;
        _features = c.Features;
        _rdb1 = new DenseBlock(w[c.Layout.Dense(1)], c);
        _rdb2 = new DenseBlock(w[c.Layout.Dense(2)], c);
        _rdb3 = new DenseBlock(w[c.Layout.Dense(3)], c);
    }

    /// <summary>Runs the block. All maps are [n, h, w, features + 4 growth] with what they hold between blocks in the first channels.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">The input; its other channels are worked in.</param>
    /// <param name="a">Worked in.</param>
    /// <param name="b">Worked in.</param>
    /// <param name="y">Receives the result; may be <paramref name="x"/>.</param>
    public void Forward(KernelContext cx, Tensor x, Tensor a, Tensor b, Tensor y)
    {
        _rdb1.Forward(cx, x, a);
        _rdb2.Forward(cx, a, b);
        _rdb3.Forward(cx, b, a);
        ScaledSum.Into(cx, a, DenseBlock.ResidualScale, x, y, _features);
        y.TracedPrefix(cx, _name, _features);
    }

    public void Dispose()
    {
        _rdb1.Dispose();
        _rdb2.Dispose();
        _rdb3.Dispose();
    }
}
