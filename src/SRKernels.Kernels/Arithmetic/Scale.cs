using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

/// <summary>
/// Multiplies or divides every element by one number: y = x factor, y = x / divisor.
/// </summary>
/// <remarks>Any shape. Division is division, not multiplication by the reciprocal: chains are compared with upstream's (spec §1).</remarks>
public static partial class Scale
{
    /// <summary>x times a factor, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="factor">The factor.</param>
    public static Tensor Multiply(KernelContext cx, Tensor x, float factor)
    {
        var y = cx.Rent(x.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: ReferenceMultiply(x, factor, y); break;
            case ExecutionKind.Device: Gpu(cx, s_multiply, x, factor, y); break;
            default: CpuMultiply(cx, x, factor, y); break;
        }

        return y;
    }

    /// <summary>x over a divisor, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="divisor">The divisor.</param>
    public static Tensor Divide(KernelContext cx, Tensor x, float divisor)
    {
        var y = cx.Rent(x.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: ReferenceDivide(x, divisor, y); break;
            case ExecutionKind.Device: Gpu(cx, s_divide, x, divisor, y); break;
            default: CpuDivide(cx, x, divisor, y); break;
        }

        return y;
    }
}
