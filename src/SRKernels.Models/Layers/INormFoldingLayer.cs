using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Layers;

/// <summary>A layer that can normalise its input while it loads it, instead of reading a map that was normalised before.</summary>
internal interface INormFoldingLayer
{
    /// <summary>Whether that is better than a pass before: on devices, where each element is loaded once, or cheaply.</summary>
    bool FoldsNorm(KernelContext cx);

    /// <summary>The layer, then the activation, then the residual added.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, in].</param>
    /// <param name="activation">Applied to the layer's result.</param>
    /// <param name="residual">Added last, or null.</param>
    /// <param name="inputAffine">[n, 1, 1, 2 in], multipliers and offsets of the input, or null.</param>
    /// <param name="inputActivation">Applied to the input after them.</param>
    Tensor Forward(
        KernelContext cx, Tensor x, Activation activation = Activation.None, Tensor? residual = null,
        Tensor? inputAffine = null, Activation inputActivation = Activation.None);
}
