using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SRKernels.Benchmarks;

/// <summary>Independent multiply-adds in registers: the yardstick of "% of peak".</summary>
internal static class FmaPeak
{
    private static float s_sink;

    /// <summary>Floating-point operations of one round.</summary>
    public static int FlopsPerRound => 12 * 2 * (Vector512.IsHardwareAccelerated ? 16 : 8);

    public static void Run(int rounds)
    {
        if (Vector512.IsHardwareAccelerated) Wide(rounds);
        else Narrow(rounds);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide(int rounds)
    {
        var v = Vector512.Create(0.5f);
        Vector512<float> a = v, b = v, c = v, d = v, e = v, f = v, g = v, h = v, i = v, j = v, k = v, l = v;
        for (var n = 0; n < rounds; n++)
        {
            a = Vector512.FusedMultiplyAdd(a, v, v);
            b = Vector512.FusedMultiplyAdd(b, v, v);
            c = Vector512.FusedMultiplyAdd(c, v, v);
            d = Vector512.FusedMultiplyAdd(d, v, v);
            e = Vector512.FusedMultiplyAdd(e, v, v);
            f = Vector512.FusedMultiplyAdd(f, v, v);
            g = Vector512.FusedMultiplyAdd(g, v, v);
            h = Vector512.FusedMultiplyAdd(h, v, v);
            i = Vector512.FusedMultiplyAdd(i, v, v);
            j = Vector512.FusedMultiplyAdd(j, v, v);
            k = Vector512.FusedMultiplyAdd(k, v, v);
            l = Vector512.FusedMultiplyAdd(l, v, v);
        }

        s_sink = Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow(int rounds)
    {
        var v = Vector256.Create(0.5f);
        Vector256<float> a = v, b = v, c = v, d = v, e = v, f = v, g = v, h = v, i = v, j = v, k = v, l = v;
        for (var n = 0; n < rounds; n++)
        {
            a = Vector256.FusedMultiplyAdd(a, v, v);
            b = Vector256.FusedMultiplyAdd(b, v, v);
            c = Vector256.FusedMultiplyAdd(c, v, v);
            d = Vector256.FusedMultiplyAdd(d, v, v);
            e = Vector256.FusedMultiplyAdd(e, v, v);
            f = Vector256.FusedMultiplyAdd(f, v, v);
            g = Vector256.FusedMultiplyAdd(g, v, v);
            h = Vector256.FusedMultiplyAdd(h, v, v);
            i = Vector256.FusedMultiplyAdd(i, v, v);
            j = Vector256.FusedMultiplyAdd(j, v, v);
            k = Vector256.FusedMultiplyAdd(k, v, v);
            l = Vector256.FusedMultiplyAdd(l, v, v);
        }

        s_sink = Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
