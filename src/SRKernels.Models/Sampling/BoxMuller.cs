using System.Runtime.Intrinsics;

namespace SRKernels.Models.Sampling;

/// <summary>
/// Sixteen uniforms into sixteen standard normals, equal in every bit to PyTorch's vectorised path on x86.
/// </summary>
/// <remarks>
/// Computes for lanes j = 0..7: u1 = 1 - v[j], u2 = v[j + 8], r = sqrt(-2 ln u1), t = 2 pi u2, v[j] = r cos t, v[j + 8] = r sin t.
/// Every operation is a single rounding (fused multiply-add included), so any vector width and the scalar fallback give the same bits.
/// </remarks>
// ln, sin, cos: Moshier. Cephes mathematical library, single precision (logf, sinf, cosf); coefficients as printed there.
internal static class BoxMuller
{
    private const float TwoPi = 6.283185307179586f;

    /// <summary>Transforms one group of sixteen in place.</summary>
    public static void Transform16(Span<float> v)
    {
        var u1 = Vector256<float>.One - Vector256.Create<float>(v[..8]);
        var u2 = Vector256.Create<float>(v.Slice(8, 8));
        var radius = Vector256.Sqrt(Log(u1) * -2f);
        var (sin, cos) = SinCos(u2 * TwoPi);
        (radius * cos).CopyTo(v);
        (radius * sin).CopyTo(v[8..]);
    }

    // x in (0, 1], never subnormal: the smallest 1 - v is 2^-24.
    private static Vector256<float> Log(Vector256<float> x)
    {
        // x = m 2^e with m in [0.5, 1); then m in [sqrt(1/2), sqrt(2)) by moving one power of two.
        var bits = x.AsInt32();
        var e = Vector256.ConvertToSingle((bits >> 23) - Vector256.Create(126));
        var m = ((bits & Vector256.Create(0x007FFFFF)) | Vector256.Create(0x3F000000)).AsSingle();
        var low = Vector256.LessThan(m, Vector256.Create(0.70710677f));
        e -= low & Vector256<float>.One;
        var f = (m - Vector256<float>.One) + (low & m);

        var z = f * f;
        var y = Vector256.Create(7.0376836292e-2f);
        y = Fma(y, f, -1.1514610310e-1f);
        y = Fma(y, f, 1.1676998740e-1f);
        y = Fma(y, f, -1.2420140846e-1f);
        y = Fma(y, f, 1.4249322787e-1f);
        y = Fma(y, f, -1.6668057665e-1f);
        y = Fma(y, f, 2.0000714765e-1f);
        y = Fma(y, f, -2.4999993993e-1f);
        y = Fma(y, f, 3.3333331174e-1f);
        y *= f;
        y = Vector256.FusedMultiplyAdd(y, z, e * -2.12194440e-4f);
        y = Vector256.FusedMultiplyAdd(-z, Vector256.Create(0.5f), y);
        return Vector256.FusedMultiplyAdd(e, Vector256.Create(0.693359375f), f + y);
    }

    // t >= 0
    private static (Vector256<float> Sin, Vector256<float> Cos) SinCos(Vector256<float> t)
    {
        var k = (Vector256.ConvertToInt32(t * 1.27323954473516f) + Vector256<int>.One) & Vector256.Create(~1);
        var octant = Vector256.ConvertToSingle(k);
        var a = Vector256.FusedMultiplyAdd(octant, Vector256.Create(-0.78515625f), t);
        a = Vector256.FusedMultiplyAdd(octant, Vector256.Create(-2.4187564849853515625e-4f), a);
        a = Vector256.FusedMultiplyAdd(octant, Vector256.Create(-3.77489497744594108e-8f), a);
        var z = a * a;

        var c = Fma(Vector256.Create(2.443315711809948e-5f), z, -1.388731625493765e-3f);
        c = Fma(c, z, 4.166664568298827e-2f);
        c *= z;
        c = Vector256.FusedMultiplyAdd(c, z, -(z * 0.5f));
        c += Vector256<float>.One;

        var s = Fma(Vector256.Create(-1.9515295891e-4f), z, 8.3321608736e-3f);
        s = Fma(s, z, -1.6666654611e-1f);
        s *= z;
        s = Vector256.FusedMultiplyAdd(s, a, a);

        var swap = ~Vector256.Equals(k & Vector256.Create(2), Vector256<int>.Zero).AsSingle();
        var sin = Vector256.ConditionalSelect(swap, c, s);
        var cos = Vector256.ConditionalSelect(swap, s, c);
        var sinSign = (k & Vector256.Create(4)) << 29;
        var cosSign = (~(k - Vector256.Create(2)) & Vector256.Create(4)) << 29;
        return ((sin.AsInt32() ^ sinSign).AsSingle(), (cos.AsInt32() ^ cosSign).AsSingle());
    }

    private static Vector256<float> Fma(Vector256<float> a, Vector256<float> b, float c) =>
        Vector256.FusedMultiplyAdd(a, b, Vector256.Create(c));
}
