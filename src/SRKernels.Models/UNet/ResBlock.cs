using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.UNet;

/// <summary>The denoiser's residual block: two normalised convolutions, the second scaled and shifted by the time.</summary>
// Nichol, Dhariwal. Improved denoising diffusion probabilistic models. 2021 (scale-shift norm); ResShift's models/unet.py: ResBlock @3ce1d81.
internal sealed class ResBlock : ITimedLayer
{
    private readonly string _name;
    private readonly GroupNormLayer _inNorm;
    private readonly ConvLayer _inConv;
    private readonly LinearLayer _embLinear;
    private readonly GroupNormLayer _outNorm;
    private readonly ConvLayer _outConv;
    private readonly ConvLayer? _skipConnection;

    /// <param name="w">Its weights.</param>
    /// <param name="inChannels">Channels of its input.</param>
    /// <param name="outChannels">Channels of its result.</param>
    /// <param name="timeChannels">Length of the time's embedding.</param>
    /// <param name="groups">Groups of its norms.</param>
    /// <param name="eps">Their epsilon.</param>
    public ResBlock(WeightScope w, int inChannels, int outChannels, int timeChannels, int groups, float eps)
    {
        _name = w.Path;
        _inNorm = new GroupNormLayer(w["in_layers.0"], inChannels, groups, eps);
        _inConv = new ConvLayer(w["in_layers.2"], inChannels, outChannels, 3);
        _embLinear = new LinearLayer(w["emb_layers.1"], timeChannels, 2 * outChannels);
        _outNorm = new GroupNormLayer(w["out_layers.0"], outChannels, groups, eps);
        _outConv = new ConvLayer(w["out_layers.3"], outChannels, outChannels, 3);
        if (inChannels != outChannels)
            _skipConnection = new ConvLayer(w["skip_connection"], inChannels, outChannels, 1);
    }

    public Tensor Forward(KernelContext cx, Tensor x, StepTime time)
    {
        var h = _inNorm.Into(_inConv, cx, x, Activation.Silu);        // [n, h, w, out]
        using var scaleShift = time.Through(cx, _embLinear);          // [n, 1, 1, 2 out]
        using var skip = _skipConnection?.Forward(cx, x);             // [n, h, w, out]
        return _outNorm.Into(_outConv, cx, h, Activation.Silu, scaleShift, residual: skip ?? x, consumes: true).Traced(cx, _name);
    }

    public void Dispose()
    {
        _inConv.Dispose();
        _embLinear.Dispose();
        _outConv.Dispose();
        _skipConnection?.Dispose();
    }
}
