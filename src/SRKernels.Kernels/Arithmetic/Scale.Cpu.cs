using System.Runtime.CompilerServices;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class Scale
{
    private static void CpuMultiply(KernelContext cx, Tensor x, float factor, Tensor y) =>
        ElementwiseMap.Fill(cx, y.Data, x.Shape.Count, new Product(x.Data, factor));

    private static void CpuMultiplyAdd(KernelContext cx, Tensor x, float factor, float offset, Tensor y) =>
        ElementwiseMap.Fill(cx, y.Data, x.Shape.Count, new Moved(x.Data, factor, offset));

    private static void CpuDivide(KernelContext cx, Tensor x, float divisor, Tensor y) =>
        ElementwiseMap.Fill(cx, y.Data, x.Shape.Count, new Quotient(x.Data, divisor));

    private readonly struct Product(float* x, float factor) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<S, V>(long i)
            where S : struct, ISimd<V>
            where V : unmanaged => S.Multiply(S.Load(x + i), S.Splat(factor));
    }

    private readonly struct Moved(float* x, float factor, float offset) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<S, V>(long i)
            where S : struct, ISimd<V>
            where V : unmanaged => S.Fma(S.Load(x + i), S.Splat(factor), S.Splat(offset));
    }

    private readonly struct Quotient(float* x, float divisor) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<S, V>(long i)
            where S : struct, ISimd<V>
            where V : unmanaged => S.Divide(S.Load(x + i), S.Splat(divisor));
    }
}
