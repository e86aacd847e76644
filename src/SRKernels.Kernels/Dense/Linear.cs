using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Dense;

/// <summary>
/// The linear layer: at every pixel y = f(W x + b) + r.
/// </summary>
/// <remarks>x [n, h, w, in] to y [n, h, w, out]. A 1x1 convolution by another name, so it takes that op's path. Source: PyTorch's Linear.</remarks>
public static class Linear
{
    /// <summary>The transformed features, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, in].</param>
    /// <param name="w">Packed weights.</param>
    /// <param name="activation">Applied after the bias.</param>
    /// <param name="residual">[n, h, w, out], added last; or null.</param>
    /// <param name="inputAffine">[n, 1, 1, 2 in], the input's multipliers and offsets, as a norm before gives them; or null.</param>
    /// <param name="inputActivation">Applied to the input after <paramref name="inputAffine"/>; none or SiLU.</param>
    /// <returns>[n, h, w, out].</returns>
    /// <exception cref="Runtime.SrkException">Shapes do not fit.</exception>
    public static Tensor Apply(
        KernelContext cx, Tensor x, LinearWeights w, Activation activation = Activation.None, Tensor? residual = null,
        Tensor? inputAffine = null, Activation inputActivation = Activation.None) =>
        Conv2d.Apply(cx, x, w.Pointwise, new Conv2dOptions
        {
            Activation = activation, Residual = residual, InputAffine = inputAffine, InputActivation = inputActivation,
        });
}
