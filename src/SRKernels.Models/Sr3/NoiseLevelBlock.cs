using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.UNet;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Sr3;

/// <summary>SR3's residual block: two normalised convolutions, the noise level added between them.</summary>
// Saharia et al. 2021. Appendix A; sr3_modules/unet.py: ResnetBlock @01d27a7. Unlike DDPM's, the embedding comes without an activation before its linear layer.
internal sealed class NoiseLevelBlock : ITimedLayer
{
    private readonly string _name;
    private readonly LinearLayer _noiseFunc;
    private readonly GroupNormLayer _norm1;
    private readonly ConvLayer _conv1;
    private readonly GroupNormLayer _norm2;
    private readonly ConvLayer _conv2;
    private readonly ConvLayer? _resConv;

    public NoiseLevelBlock(WeightScope w, Sr3Configuration c, int inChannels, int outChannels)
    {
        _name = w.Path;
        _noiseFunc = new LinearLayer(w["noise_func.noise_func.0"], c.InnerChannels, outChannels);
        _norm1 = new GroupNormLayer(w["block1.block.0"], inChannels, c.Groups, c.NormEps);
        _conv1 = new ConvLayer(w["block1.block.3"], inChannels, outChannels, 3);
        _norm2 = new GroupNormLayer(w["block2.block.0"], outChannels, c.Groups, c.NormEps);
        _conv2 = new ConvLayer(w["block2.block.3"], outChannels, outChannels, 3);
        if (inChannels != outChannels)
            _resConv = new ConvLayer(w["res_conv"], inChannels, outChannels, 1);
    }

    public Tensor Forward(KernelContext cx, Tensor x, StepTime time)
    {
        var h = _norm1.Into(_conv1, cx, x, Activation.Silu);          // [n, h, w, out]
        h = AddNoiseLevel(cx, h, time).Traced(cx, $"{_name}.noise_func");
        using var skip = _resConv?.Forward(cx, x);                    // [n, h, w, out]
        return _norm2.Into(_conv2, cx, h, Activation.Silu, residual: skip ?? x, consumes: true).Traced(cx, _name);
    }

    public void Dispose()
    {
        _noiseFunc.Dispose();
        _conv1.Dispose();
        _conv2.Dispose();
        _resConv?.Dispose();
    }

    private Tensor AddNoiseLevel(KernelContext cx, Tensor h, StepTime time)
    {
        using var level = time.Through(cx, _noiseFunc);               // [n, 1, 1, out]
        var shifted = ChannelBias.Apply(cx, h, level);                // [n, h, w, out]
        h.Dispose();
        return shifted;
    }
}
