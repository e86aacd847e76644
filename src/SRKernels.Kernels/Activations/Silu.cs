using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Activations;

/// <summary>
/// SiLU, element by element: y = x / (1 + exp(-x)).
/// </summary>
/// <remarks>Any shape. Source: Elfwing et al. 2017, "Sigmoid-weighted linear units"; PyTorch's SiLU. Usually fused into the op before it.</remarks>
public static partial class Silu
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
