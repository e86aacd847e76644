using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

/// <summary>
/// Repeats every pixel: y[n, i, j] = x[n, i / factor, j / factor].
/// </summary>
/// <remarks>x [n, h, w, c] to y [n, h f, w f, c]. Source: PyTorch's interpolate, mode nearest. In front of a convolution it is folded into that op instead.</remarks>
public static partial class NearestResize
{
    /// <summary>The enlarged map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, c].</param>
    /// <param name="factor">At least 1.</param>
    /// <returns>[n, h factor, w factor, c].</returns>
    /// <exception cref="Runtime.SrkException">The factor is below 1.</exception>
    public static Tensor Apply(KernelContext cx, Tensor x, int factor = 2)
    {
        Expect.That(factor >= 1, nameof(NearestResize), "a factor of at least 1", "less", "give 2");
        var y = cx.Rent(x.Shape with { H = checked(x.Shape.H * factor), W = checked(x.Shape.W * factor) });
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(x, factor, y); break;
            case ExecutionKind.Device: Gpu(cx, x, factor, y); break;
            default: Cpu(cx, x, factor, y); break;
        }

        return y;
    }
}
