using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Activations;

/// <summary>
/// GELU in its exact form, element by element: y = x/2 (1 + erf(x / sqrt 2)).
/// </summary>
/// <remarks>Any shape. Source: Hendrycks and Gimpel 2016; PyTorch's GELU (not its tanh form). Usually fused into the op before it.</remarks>
public static partial class Gelu
{
    /// <summary>The activated map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">Any shape.</param>
    /// <returns>x's shape.</returns>
    public static Tensor Apply(KernelContext cx, Tensor x)
    {
        var y = cx.Rent(x.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(x, y); break;
            case ExecutionKind.Device: Gpu(cx, x, y); break;
            default: Cpu(cx, x, y); break;
        }

        return y;
    }
}
