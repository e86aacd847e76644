using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Vq;

/// <summary>Turns a map of features back into a picture, doubled between levels.</summary>
// Esser, Rombach, Ommer. Taming transformers. 2021. Table 7.
internal sealed class VqDecoder : IDisposable
{
    private readonly ConvLayer _convIn;
    private readonly VqSequence _levels;
    private readonly GroupNormLayer _normOut;
    private readonly ConvLayer _convOut;

    public VqDecoder(WeightScope w, AutoencoderConfiguration a)
    {
        var last = a.ChannelsAt(a.Levels - 1);
        _convIn = new ConvLayer(w["conv_in"], a.ZChannels, last, 3);
        _levels = new VqSequence([.. VqSequence.Middle(w["mid"], a, last), .. Up(w["up"], a)]);
        _normOut = new GroupNormLayer(w["norm_out"], a.ChannelsAt(0), a.Groups, a.NormEps);
        _convOut = new ConvLayer(w["conv_out"], a.ChannelsAt(0), a.ImageChannels, 3);
    }

    public Tensor Forward(KernelContext cx, Tensor z)
    {
        var h = _convIn.Forward(cx, z);                               // [n, h, w, ch m]
        h = _levels.Consume(cx, h);                                   // [n, h f, w f, ch]
        return _normOut.Into(_convOut, cx, h, Activation.Silu, consumes: true);    // [n, h f, w f, 3]
    }

    public void Dispose()
    {
        _convIn.Dispose();
        _levels.Dispose();
        _convOut.Dispose();
    }

    private static IEnumerable<IVqLayer> Up(WeightScope w, AutoencoderConfiguration a)
    {
        var channels = a.ChannelsAt(a.Levels - 1);
        for (var level = a.Levels - 1; level >= 0; level--)
        {
            foreach (var layer in VqSequence.Level(w[$"{level}"], a, level, a.NumResBlocks[level] + 1, channels)) yield return layer;
            channels = a.ChannelsAt(level);
            if (level > 0) yield return new Upsample(w[$"{level}.upsample"], channels);
        }
    }
}
