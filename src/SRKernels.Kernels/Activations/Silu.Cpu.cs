using System.Runtime.CompilerServices;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Activations;

public static unsafe partial class Silu
{
    private static void Cpu(KernelContext cx, Tensor x, Tensor y) =>
        ElementwiseMap.Fill(cx, y.Data, x.Shape.Count, new Function(x.Data));

    private readonly struct Function(float* x) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<S, V>(long i)
            where S : struct, ISimd<V>
            where V : unmanaged => VectorMath.Silu<S, V>(S.Load(x + i));
    }
}
