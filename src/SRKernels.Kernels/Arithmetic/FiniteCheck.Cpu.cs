using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class FiniteCheck
{
    private const int BlockElements = 65536;

    /// <summary>The first element that is not finite, or -1: vectors find out whether there is one, plain loops where.</summary>
    private static long Cpu(KernelContext cx, Tensor x)
    {
        var body = new Body(x.Data, x.Shape.Count);
        cx.Workers.Run(checked((int)((x.Shape.Count + BlockElements - 1) / BlockElements)), ref body);
        return body.Broken ? Reference(x) : -1;
    }

    /// <summary>Sums 0 x: zero for finite numbers, NaN once one is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float ZeroTimes<S, V>(float* x, ref long i, long end)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var sum = S.Splat(0);
        for (; i <= end - S.Lanes; i += S.Lanes) sum = S.Fma(S.Load(x + i), S.Splat(0), sum);
        var lanes = stackalloc float[S.Lanes];
        S.Store(sum, lanes);
        var total = 0f;
        for (var lane = 0; lane < S.Lanes; lane++) total += lanes[lane];
        return total;
    }

    private struct Body(float* x, long count) : IParallelBody
    {
        private volatile bool _broken;

        public readonly bool Broken => _broken;

        public void Invoke(int index, int worker)
        {
            var i = (long)index * BlockElements;
            var end = Math.Min(count, i + BlockElements);
            var sum = 0f;
            if (Vector512.IsHardwareAccelerated) sum += ZeroTimes<Simd512, Vector512<float>>(x, ref i, end);
            if (Vector256.IsHardwareAccelerated) sum += ZeroTimes<Simd256, Vector256<float>>(x, ref i, end);
            if (Vector128.IsHardwareAccelerated) sum += ZeroTimes<Simd128, Vector128<float>>(x, ref i, end);
            sum += ZeroTimes<SimdScalar, float>(x, ref i, end);
            if (float.IsNaN(sum)) _broken = true;
        }
    }
}
