using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Vq;

/// <summary>The autoencoder's residual block: two normalised convolutions added to the input.</summary>
// Esser, Rombach, Ommer. Taming transformers for high-resolution image synthesis. 2021. Table 7; ldm's model.py as ResShift carries it @3ce1d81.
internal sealed class ResnetBlock : IVqLayer
{
    private readonly string _name;
    private readonly GroupNormLayer _norm1;
    private readonly ConvLayer _conv1;
    private readonly GroupNormLayer _norm2;
    private readonly ConvLayer _conv2;
    private readonly ConvLayer? _ninShortcut;

    public ResnetBlock(WeightScope w, AutoencoderConfiguration a, int inChannels, int outChannels)
    {
        _name = w.Path;
        _norm1 = new GroupNormLayer(w["norm1"], inChannels, a.Groups, a.NormEps);
        _conv1 = new ConvLayer(w["conv1"], inChannels, outChannels, 3);
        _norm2 = new GroupNormLayer(w["norm2"], outChannels, a.Groups, a.NormEps);
        _conv2 = new ConvLayer(w["conv2"], outChannels, outChannels, 3);
        if (inChannels != outChannels)
            _ninShortcut = new ConvLayer(w["nin_shortcut"], inChannels, outChannels, 1);
    }

    public Tensor Forward(KernelContext cx, Tensor x)
    {
        var h = _norm1.Into(_conv1, cx, x, Activation.Silu);    // [n, h, w, out]
        using var shortcut = _ninShortcut?.Forward(cx, x);            // [n, h, w, out]
        return _norm2.Into(_conv2, cx, h, Activation.Silu, residual: shortcut ?? x, consumes: true).Traced(cx, _name);
    }

    public void Dispose()
    {
        _conv1.Dispose();
        _conv2.Dispose();
        _ninShortcut?.Dispose();
    }
}
