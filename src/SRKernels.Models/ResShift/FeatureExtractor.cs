using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.ResShift;

/// <summary>Brings the condition down to the latent's size: pairs of convolutions, the second of each halving.</summary>
// ResShift's models/unet.py: UNetModelSwin.feature_extractor @3ce1d81.
internal sealed class FeatureExtractor : IDisposable
{
    private const int FirstWidth = 16;
    private readonly (ConvLayer Conv, ConvLayer Halving)[] _stages;

    public FeatureExtractor(WeightScope w, UNetConfiguration u)
    {
        _stages = new (ConvLayer, ConvLayer)[u.FeatureExtractorStages];
        var channels = u.RawConditionChannels;
        for (var i = 0; i < _stages.Length; i++)
        {
            var width = FirstWidth << i;
            _stages[i] = (
                new ConvLayer(w[$"{3 * i}"], channels, width, 3),
                new ConvLayer(w[$"{(3 * i) + 2}.op"], width, 2 * width, 3, stride: 2));
            channels = 2 * width;
        }
    }

    /// <summary>The features; the caller's own tensor, not a copy, where there are no stages.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="condition">[n, h, w, c]: the picture, then the mask.</param>
    public Tensor Forward(KernelContext cx, Tensor condition)
    {
        var h = condition;
        foreach (var (conv, halving) in _stages)
        {
            var wide = conv.Forward(cx, h, Activation.Silu);          // [n, h, w, 16 * 2^i]
            if (h != condition) h.Dispose();
            h = halving.Consume(cx, wide);                            // [n, h/2, w/2, 32 * 2^i]
        }

        return h;
    }

    public void Dispose()
    {
        foreach (var (conv, halving) in _stages)
        {
            conv.Dispose();
            halving.Dispose();
        }
    }
}
