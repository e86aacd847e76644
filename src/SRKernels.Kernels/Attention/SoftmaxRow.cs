using System.Runtime.CompilerServices;
using SRKernels.Kernels.Simd;

namespace SRKernels.Kernels.Attention;

/// <summary>The two halves of a softmax over one row of scores, whose length is a multiple of 16 (pads hold minus infinity).</summary>
internal static unsafe class SoftmaxRow
{
    /// <summary>The largest score.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Largest<S, V>(float* scores, int count)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var top = S.Load(scores);
        for (var j = S.Lanes; j < count; j += S.Lanes) top = S.Max(S.Load(scores + j), top);
        return LargestLane<S, V>(top);
    }

    /// <summary>The largest lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestLane<S, V>(V x)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var lanes = stackalloc float[16];
        S.Store(x, lanes);
        var largest = lanes[0];
        for (var lane = 1; lane < S.Lanes; lane++) largest = SimdScalar.Max(lanes[lane], largest);
        return largest;
    }

    /// <summary>
    /// Scores become e^(score - top); returns their sum. Sixteen partial sums whatever the vectors' width, added pairwise: no bit depends on the width.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Exponentials<S, V>(float* scores, int count, float top)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var partial = stackalloc float[16];
        var tops = S.Splat(top);
        for (var lane = 0; lane < 16; lane += S.Lanes)
        {
            var sum = S.Splat(0);
            for (var j = lane; j < count; j += 16)
            {
                var weight = VectorMath.Exp<S, V>(S.Subtract(S.Load(scores + j), tops));
                S.Store(weight, scores + j);
                sum = S.Add(sum, weight);
            }

            S.Store(sum, partial + lane);
        }

        for (var half = 8; half > 0; half /= 2)
            for (var lane = 0; lane < half; lane++) partial[lane] += partial[lane + half];
        return partial[0];
    }
}
