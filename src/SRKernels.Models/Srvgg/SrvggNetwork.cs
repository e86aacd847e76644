using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Srvgg;

/// <summary>SRVGGNetCompact: a row of convolutions at the picture's size whose last makes squares of pixels, added to the picture enlarged by repetition.</summary>
// Real-ESRGAN's quick models (realesr-animevideov3, realesr-general-x4v3); realesrgan/archs/srvgg_arch.py @a4abfb2.
internal sealed class SrvggNetwork : IPictureNetwork
{
    private const float LeakySlope = 0.1f;

    private readonly SrvggNetworkConfiguration _c;
    private readonly ConvLayer[] _layers;
    private readonly string[] _activations;
    private readonly ConvLayer _last;

    public SrvggNetwork(WeightScope w, SrvggNetworkConfiguration c)
    {
        _c = c;
        // Convolutions have the even numbers, activations the odd ones.
        var body = w["body"];
        var count = c.Convolutions + 1;
        _layers = [.. Enumerable.Range(0, count).Select(i => new ConvLayer(body[2 * i], i == 0 ? c.Channels : c.Features, c.Features, 3, slopes: Slopes(body[(2 * i) + 1])))];
        _activations = [.. Enumerable.Range(0, count).Select(i => body[(2 * i) + 1].Path)];
        _last = new ConvLayer(body[2 * count], c.Features, c.Channels * c.Scale * c.Scale, 3);
    }

    /// <summary>The enlarged picture, not limited to the range of its values.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, 3] in 0..1; stays the caller's.</param>
    public Tensor Forward(KernelContext cx, Tensor x)
    {
        var h = x;
        for (var i = 0; i < _layers.Length; i++)
        {
            var next = _layers[i].Forward(cx, h, Activation.LeakyRelu).Traced(cx, _activations[i]);    // [n, h, w, features]
            if (i > 0) h.Dispose();
            h = next;
        }

        using var squares = _last.Consume(cx, h);                     // [n, h, w, 3 s s]
        return PixelShuffle.Apply(cx, squares, _c.Scale, residual: x);    // [n, h s, w s, 3]
    }

    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
        _last.Dispose();
    }

    private float[] Slopes(WeightScope w)
    {
        if (_c.Activation == SrvggActivation.Prelu) return w.Vector("weight", _c.Features);
        var slopes = new float[_c.Features];
        Array.Fill(slopes, _c.Activation == SrvggActivation.LeakyRelu ? LeakySlope : 0);
        return slopes;
    }
}
