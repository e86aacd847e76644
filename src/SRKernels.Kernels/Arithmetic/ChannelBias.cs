using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

/// <summary>
/// Adds to every pixel of an image one number a channel: y = x + b.
/// </summary>
/// <remarks>
/// x, y [n, h, w, c]; b [n, 1, 1, c]. Source: Saharia et al. Image super-resolution via iterative refinement. 2021; FeatureWiseAffine without the affine part in
/// sr3_modules/unet.py @01d27a7; spec §11b.
/// </remarks>
public static partial class ChannelBias
{
    /// <summary>The shifted map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, c].</param>
    /// <param name="bias">[n, 1, 1, c].</param>
    /// <returns>[n, h, w, c].</returns>
    /// <exception cref="Runtime.SrkException">Shapes do not fit.</exception>
    public static Tensor Apply(KernelContext cx, Tensor x, Tensor bias)
    {
        Expect.SameShape(nameof(ChannelBias), new Shape(x.Shape.N, 1, 1, x.Shape.C), bias.Shape, "a bias of one number a channel and image");
        var y = cx.Rent(x.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(x, bias, y); break;
            case ExecutionKind.Device: Gpu(cx, x, bias, y); break;
            default: Cpu(cx, x, bias, y); break;
        }

        return y;
    }
}
