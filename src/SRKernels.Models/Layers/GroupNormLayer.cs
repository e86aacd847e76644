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
    /// The norm, the activation and a convolution or linear layer behind them. Processors make the normalised map and give it to the layer; devices
    /// compute the statistics and leave the rest to the layer's load where that is better.
    /// </summary>
    public Tensor Into(
        INormFoldingLayer layer, KernelContext cx, Tensor x, Activation activation = Activation.None, Tensor? scaleShift = null,
        Activation outputActivation = Activation.None, Tensor? residual = null, bool consumes = false)
    {
        if (!layer.FoldsNorm(cx) || IsWanted(cx))
        {
            var h = Forward(cx, x, activation, scaleShift);
            if (consumes) x.Dispose();
            var z = layer.Forward(cx, h, outputActivation, residual);
            h.Dispose();
            return z;
        }

        using var affine = GroupNorm.Affine(cx, x, _gamma, _beta, _groups, _eps, scaleShift);
        var y = layer.Forward(cx, x, outputActivation, residual, affine, activation);
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
