using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

/// <summary>
/// Keeps every element between two numbers: y = x &lt; low ? low : high &lt; x ? high : x.
/// </summary>
/// <remarks>Any shape. NaN stays NaN. Source: PyTorch's clamp.</remarks>
public static partial class Clamp
{
    /// <summary>The bounded map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="low">The least.</param>
    /// <param name="high">The most, not below <paramref name="low"/>.</param>
    /// <returns>x's shape.</returns>
    /// <exception cref="Runtime.SrkException">The bounds are the wrong way round or not numbers.</exception>
    public static Tensor Apply(KernelContext cx, Tensor x, float low, float high)
    {
        if (!(low <= high)) Expect.Throw(nameof(Clamp), "a lower bound that is not above the upper", $"{low} and {high}", "swap them");
        var y = cx.Rent(x.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(x, low, high, y); break;
            case ExecutionKind.Device: Gpu(cx, x, low, high, y); break;
            default: Cpu(cx, x, low, high, y); break;
        }

        return y;
    }
}
