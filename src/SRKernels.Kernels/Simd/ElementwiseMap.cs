using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Simd;

/// <summary>A function of the elements at one index; the struct holds its inputs.</summary>
internal interface IElementwise
{
    /// <summary>The outputs at <paramref name="i"/> and the lanes after it.</summary>
    V At<S, V>(long i)
        where S : struct, ISimd<V>
        where V : unmanaged;
}

/// <summary>Fills an array with an elementwise function: threads over blocks, in each the widest vectors first, then narrower ones.</summary>
internal static unsafe class ElementwiseMap
{
    // 64 KB: long enough that handing out blocks costs nothing, short enough that two threads end together.
    private const int BlockElements = 16384;

    /// <summary>y[i] = f(i) for every i below <paramref name="count"/>.</summary>
    public static void Fill<TFunction>(KernelContext cx, float* y, long count, TFunction f)
        where TFunction : struct, IElementwise
    {
        var body = new Body<TFunction>(f, y, count);
        cx.Workers.Run(checked((int)((count + BlockElements - 1) / BlockElements)), ref body);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Walk<S, V, TFunction>(ref TFunction f, float* y, long i, long end)
        where S : struct, ISimd<V>
        where V : unmanaged
        where TFunction : struct, IElementwise
    {
        var local = f;
        for (; i <= end - S.Lanes; i += S.Lanes) S.Store(local.At<S, V>(i), y + i);
        return i;
    }

    private struct Body<TFunction>(TFunction f, float* y, long count) : IParallelBody
        where TFunction : struct, IElementwise
    {
        private TFunction _f = f;

        public void Invoke(int index, int worker)
        {
            var i = (long)index * BlockElements;
            var end = Math.Min(count, i + BlockElements);
            if (Vector512.IsHardwareAccelerated) i = Walk<Simd512, Vector512<float>, TFunction>(ref _f, y, i, end);
            if (Vector256.IsHardwareAccelerated) i = Walk<Simd256, Vector256<float>, TFunction>(ref _f, y, i, end);
            if (Vector128.IsHardwareAccelerated) i = Walk<Simd128, Vector128<float>, TFunction>(ref _f, y, i, end);
            Walk<SimdScalar, float, TFunction>(ref _f, y, i, end);
        }
    }
}
