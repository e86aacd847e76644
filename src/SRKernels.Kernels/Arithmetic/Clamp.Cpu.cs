using System.Runtime.CompilerServices;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class Clamp
{
    private static void Cpu(KernelContext cx, Tensor x, float low, float high, Tensor y) =>
        ElementwiseMap.Fill(cx, y.Data, x.Shape.Count, new Between(x.Data, low, high));

    private readonly struct Between(float* x, float low, float high) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<S, V>(long i)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            var (value, least, most) = (S.Load(x + i), S.Splat(low), S.Splat(high));
            return S.SelectLess(value, least, least, S.SelectLess(most, value, most, value));
        }
    }
}
