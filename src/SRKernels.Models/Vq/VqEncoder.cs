using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Vq;

/// <summary>Turns a picture into a map of features, halved between levels.</summary>
// Esser, Rombach, Ommer. Taming transformers. 2021. Table 7.
internal sealed class VqEncoder : IDisposable
{
    private readonly ConvLayer _convIn;
    private readonly VqSequence _levels;
    private readonly GroupNormLayer _normOut;
    private readonly ConvLayer _convOut;

    public VqEncoder(WeightScope w, AutoencoderConfiguration a)
    {
        var last = a.ChannelsAt(a.Levels - 1);
        _convIn = new ConvLayer(w["conv_in"], a.ImageChannels, a.Channels, 3);
        _levels = new VqSequence([.. Down(w["down"], a), .. VqSequence.Middle(w["mid"], a, last)]);
        _normOut = new GroupNormLayer(w["norm_out"], last, a.Groups, a.NormEps);
        _convOut = new ConvLayer(w["conv_out"], last, a.ZChannels, 3);
    }

    public Tensor Forward(KernelContext cx, Tensor x)
    {
        var h = _convIn.Forward(cx, x);                               // [n, h, w, ch]
        h = _levels.Consume(cx, h);                                   // [n, h/f, w/f, ch m]
        return _normOut.Into(_convOut, cx, h, Activation.Silu, consumes: true);    // [n, h/f, w/f, z]
    }

    public void Dispose()
    {
        _convIn.Dispose();
        _levels.Dispose();
        _convOut.Dispose();
    }

    private static IEnumerable<IVqLayer> Down(WeightScope w, AutoencoderConfiguration a)
    {
        var channels = a.Channels;
        for (var level = 0; level < a.Levels; level++)
        {
            foreach (var layer in VqSequence.Level(w[$"{level}"], a, level, a.NumResBlocks[level], channels)) yield return layer;
            channels = a.ChannelsAt(level);
            if (level < a.Levels - 1) yield return new Downsample(w[$"{level}.downsample"], channels);
        }
    }
}
