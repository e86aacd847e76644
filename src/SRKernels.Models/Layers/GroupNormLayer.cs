using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Normalization;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Layers;

/// <summary>A group normalisation with its weights; the activation behind it is fused.</summary>
internal sealed class GroupNormLayer
{
    private readonly string _name;
    private readonly float[] _gamma;
    private readonly float[] _beta;
    private readonly int _groups;
    private readonly float _eps;

    public GroupNormLayer(WeightScope w, int channels, int groups, float eps)
    {
        _name = w.Path;
        _gamma = w.Vector("weight", channels);
        _beta = w.Vector("bias", channels);
        (_groups, _eps) = (groups, eps);
    }

    /// <summary>Whether someone wants to see what it gives.</summary>
    public bool IsWanted(KernelContext cx) => cx.Trace?.Wants(_name) == true;

    /// <summary>The normalised map, times (1 + scale) plus shift where given, then the activation.</summary>
    public Tensor Forward(KernelContext cx, Tensor x, Activation activation = Activation.None, Tensor? scaleShift = null)
    {
        if (IsWanted(cx))
        {
            using var plain = GroupNorm.Apply(cx, x, _gamma, _beta, _groups, _eps);
            cx.Show(_name, plain);
        }

        return GroupNorm.Apply(cx, x, _gamma, _beta, _groups, _eps, activation, scaleShift);
    }

    /// <summary>
    /// The norm, the activation and a convolution behind them. Processors make the normalised map and convolve it; devices compute the statistics
    /// and leave the rest to the convolution's load where that is better.
    /// </summary>
    public Tensor Into(
        ConvLayer conv, KernelContext cx, Tensor x, Activation activation = Activation.None, Tensor? scaleShift = null,
        Activation outputActivation = Activation.None, Tensor? residual = null, bool consumes = false)
    {
        if (!conv.FoldsNorm(cx) || IsWanted(cx))
        {
            var h = Forward(cx, x, activation, scaleShift);
            if (consumes) x.Dispose();
            return conv.Consume(cx, h, outputActivation, residual);
        }

        using var affine = GroupNorm.Affine(cx, x, _gamma, _beta, _groups, _eps, scaleShift);
        var y = conv.Forward(cx, x, outputActivation, residual, affine, activation);
        if (consumes) x.Dispose();
        return y;
    }

    /// <summary>As <see cref="Forward"/>, and gives the input's memory back.</summary>
    public Tensor Consume(KernelContext cx, Tensor x, Activation activation = Activation.None, Tensor? scaleShift = null)
    {
        var y = Forward(cx, x, activation, scaleShift);
        x.Dispose();
        return y;
    }
}
