using System.Runtime.CompilerServices;

namespace SRKernels.Kernels.Simd;

/// <summary>exp and the activations on vectors, the same bits at every width.</summary>
internal static class VectorMath
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts, so that n ln2High is exact for every n that occurs.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>
    /// e^x to about an ulp: x = n ln 2 + r, |r| at most ln 2 / 2, times Cephes' polynomial for e^r (expf, S. Moshier).
    /// From 88.8 on it is infinite; below -86.6 it stays at 2e-38 instead of going to zero. NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<S, V>(V x)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        x = S.Max(S.Splat(-86.6f), S.Min(S.Splat(89), x));
        var n = S.Round(S.Multiply(x, S.Splat(Log2E)));
        var r = S.Fma(n, S.Splat(-Ln2High), x);
        r = S.Fma(n, S.Splat(-Ln2Low), r);
        var p = S.Fma(S.Splat(1.9875691500e-4f), r, S.Splat(1.3981999507e-3f));
        p = S.Fma(p, r, S.Splat(8.3334519073e-3f));
        p = S.Fma(p, r, S.Splat(4.1665795894e-2f));
        p = S.Fma(p, r, S.Splat(1.6666665459e-1f));
        p = S.Fma(p, r, S.Splat(5.0000001201e-1f));
        p = S.Add(S.Fma(S.Multiply(r, r), p, r), S.Splat(1));
        // 2^128 is no fp32 number: half of the power first.
        return S.Multiply(S.Add(p, p), S.PowerOfTwo(S.Subtract(n, S.Splat(1))));
    }

    /// <summary>x / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Silu<S, V>(V x)
        where S : struct, ISimd<V>
        where V : unmanaged =>
        S.Divide(x, S.Add(S.Splat(1), Exp<S, V>(S.Subtract(S.Splat(0), x))));

    /// <summary>
    /// x/2 (1 + erf(x / sqrt 2)), with erf to 1.5e-7: Abramowitz and Stegun 7.1.26 (Hastings 1955),
    /// 1 - (a1 t + .. + a5 t^5) e^(-u^2), t = 1 / (1 + p u), u = |x| / sqrt 2.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GeluErf<S, V>(V x)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var one = S.Splat(1);
        var u = S.Multiply(S.Abs(x), S.Splat(0.70710678f));
        var t = S.Divide(one, S.Fma(S.Splat(0.3275911f), u, one));
        var p = S.Fma(S.Splat(1.061405429f), t, S.Splat(-1.453152027f));
        p = S.Fma(p, t, S.Splat(1.421413741f));
        p = S.Fma(p, t, S.Splat(-0.284496736f));
        p = S.Fma(p, t, S.Splat(0.254829592f));
        // The complement erfc(u), halved: what is left of 1 on the far side, so that large negative x keep their relative precision.
        var tail = S.Multiply(S.Multiply(S.Multiply(p, t), S.Splat(0.5f)), Exp<S, V>(S.Multiply(S.Subtract(S.Splat(0), u), u)));
        return S.Multiply(x, S.SelectLess(x, S.Splat(0), tail, S.Subtract(one, tail)));
    }
}
