using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Rrdb;

/// <summary>The network of ESRGAN, Real-ESRGAN, BSRGAN and RealSR: residual-in-residual dense blocks at the picture's size, then convolutions that enlarge.</summary>
// Wang et al. ESRGAN. 2018. §3.1; Wang et al. Real-ESRGAN. 2021. Fig. 4 (the squares of pixels that become channels first).
internal sealed class RrdbNetwork : IPictureNetwork
{
    private const float NegativeSlope = 0.2f;

    private readonly RrdbNetworkConfiguration _c;
    private readonly ConvLayer _first, _trunk, _highResolution, _last;
    private readonly RrdbBlock[] _blocks;
    private readonly ConvLayer[] _ups;

    public RrdbNetwork(WeightScope w, RrdbNetworkConfiguration c)
    {
        _c = c;
        var slopes = Slopes(c.Features);
        _first = new ConvLayer(w[c.Layout.First], c.InChannels * c.Unshuffle * c.Unshuffle, c.Features, 3);
        _blocks = [.. Enumerable.Range(0, c.Blocks).Select(i => new RrdbBlock(w[c.Layout.Block(i)], c))];
        _trunk = new ConvLayer(w[c.Layout.Trunk], c.Features, c.Features, 3, readsPrefix: true);
        // Only doubling is part of a convolution.
        _ups = [.. Enumerable.Range(1, c.UpConvolutions).Select(i => new ConvLayer(w[c.Layout.Up(i)], c.Features, c.Features, 3, upsampleInput: c.UpFactor == 2, slopes: slopes))];
        _highResolution = new ConvLayer(w[c.Layout.HighResolution], c.Features, c.Features, 3, slopes: slopes);
        _last = new ConvLayer(w[c.Layout.Last], c.Features, c.OutChannels, 3);
    }

    /// <summary>The slope of all leaky activations, for each channel.</summary>
    public static float[] Slopes(int channels)
    {
        var slopes = new float[channels];
        Array.Fill(slopes, NegativeSlope);
        return slopes;
    }

    /// <summary>The enlarged picture, not limited to the range of its values.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, 3] in 0..1, its sides multiples of the squares that become channels; stays the caller's.</param>
    public Tensor Forward(KernelContext cx, Tensor x)
    {
        var h = Enlarge(cx, Body(cx, x));                             // [n, h s u, w s u, features]
        h = _highResolution.Consume(cx, h, Activation.LeakyRelu);
        return _last.Consume(cx, h);                                  // [n, h s, w s, 3]
    }

    public void Dispose()
    {
        _first.Dispose();
        foreach (var block in _blocks) block.Dispose();
        _trunk.Dispose();
        foreach (var up in _ups) up.Dispose();
        _highResolution.Dispose();
        _last.Dispose();
    }

    /// <summary>All that happens at the picture's size, on four maps.</summary>
    private Tensor Body(KernelContext cx, Tensor x)
    {
        using var squares = _c.Unshuffle == 1 ? null : PixelShuffle.Undo(cx, x, _c.Unshuffle);
        var input = squares ?? x;
        var map = input.Shape.WithChannels(DenseBlock.MapChannels(_c, DenseBlock.Convolutions - 1));
        using var first = cx.Rent(map);
        using var y = cx.Rent(map);
        using (var a = cx.Rent(map))
        using (var b = cx.Rent(map))
        {
            _first.ForwardInto(cx, input, first, 0);
            for (var i = 0; i < _blocks.Length; i++) _blocks[i].Forward(cx, i == 0 ? first : y, a, b, y);
        }

        var sum = _trunk.Forward(cx, y, residual: first);             // [n, h, w, features]
        return _c.Layout.Sum is { } name ? sum.Traced(cx, name) : sum;
    }

    private Tensor Enlarge(KernelContext cx, Tensor h)
    {
        foreach (var up in _ups)
        {
            if (_c.UpFactor != 2)
            {
                var enlarged = NearestResize.Apply(cx, h, _c.UpFactor);
                h.Dispose();
                h = enlarged;
            }

            h = up.Consume(cx, h, Activation.LeakyRelu);
        }

        return h;
    }
}
