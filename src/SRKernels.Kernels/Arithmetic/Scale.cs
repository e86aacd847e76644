using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

/// <summary>
/// Multiplies or divides every element by one number: y = x factor, y = x / divisor; or moves it too: y = x factor + offset.
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

    /// <summary>x times a factor plus an offset, in one rounding, rented from the context's pool: from one range of values to another.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="offset">The offset.</param>
    public static Tensor MultiplyAdd(KernelContext cx, Tensor x, float factor, float offset)
    {
        var y = cx.Rent(x.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: ReferenceMultiplyAdd(x, factor, offset, y); break;
            case ExecutionKind.Device: cx.Gpu.Launch(s_multiplyAdd, ElementwiseQuads.Shape(x.Shape.Count), x, y, (int)x.Shape.Count, factor, offset); break;
            default: CpuMultiplyAdd(cx, x, factor, offset, y); break;
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
