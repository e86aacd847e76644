using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Rrdb;

/// <summary>
/// A residual dense block: each convolution sees the results of all before it. They lie in one map, [n, h, w, features + 4 growth], which grows in
/// place: nothing is joined by copying.
/// </summary>
// Wang et al. ESRGAN. 2018. Fig. 4; Zhang et al. Residual dense network. 2018. Bytes of activations that a block reads and writes a pixel, with 64 features growing
// by 32: 4 (64 + 96 + 128 + 160 + 192 + 64 + 4 * 32 + 64) = 3584; joining by copies would read and write 2 * 4 * (96 + 128 + 160 + 192) = 4608 more.
internal sealed class DenseBlock : IDisposable
{
    /// <summary>Convolutions of a block; all but the last grow the map.</summary>
    public const int Convolutions = 5;

    /// <summary>What the result of a block is multiplied by before its input is added.</summary>
    public const float ResidualScale = 0.2f;

    private readonly string _name;
    private readonly int _features;
    private readonly int _growth;
    private readonly ConvLayer[] _growing;
    private readonly ConvLayer _last;

    public DenseBlock(WeightScope w, RrdbNetworkConfiguration c)
    {
        _name = w.Path;
        (_features, _growth) = (c.Features, c.Growth);
        _growing = new ConvLayer[Convolutions - 1];
        for (var i = 0; i < _growing.Length; i++)
            _growing[i] = new ConvLayer(w[c.Layout.Convolution(i + 1)], MapChannels(c, i), c.Growth, 3, slopes: RrdbNetwork.Slopes(c.Growth), readsPrefix: true);
        _last = new ConvLayer(w[c.Layout.Convolution(Convolutions)], MapChannels(c, _growing.Length), c.Features, 3, gain: ResidualScale);
    }

    /// <summary>Channels of the map when so many convolutions have grown it.</summary>
    public static int MapChannels(RrdbNetworkConfiguration c, int grown) => c.Features + (grown * c.Growth);

    /// <summary>0.2 times the block's result plus its input.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="map">The input in its first channels; the others are worked in.</param>
    /// <param name="target">Receives the result in its first channels; another map.</param>
    public void Forward(KernelContext cx, Tensor map, Tensor target)
    {
        for (var i = 0; i < _growing.Length; i++)
            _growing[i].ForwardInto(cx, map, map, _features + (i * _growth), Activation.LeakyRelu);    // [n, h, w, growth]
        _last.ForwardInto(cx, map, target, 0, residual: map);                                          // [n, h, w, features]
        target.TracedPrefix(cx, _name, _features);
    }

    public void Dispose()
    {
        foreach (var layer in _growing) layer.Dispose();
        _last.Dispose();
    }
}
