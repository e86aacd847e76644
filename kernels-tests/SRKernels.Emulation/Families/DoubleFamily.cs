using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;
using static SRKernels.Emulation.Families.Lanes;

namespace SRKernels.Emulation.Families;

/// <summary>Double precision; rounding to nearest only, which is all that compilers emit.</summary>
internal static class DoubleFamily
{
    private const string Round = "[.rn .rz .rm .rp]";
    private const string MustRound = "(.rn .rz .rm .rp)";

    internal static OpRow[] Rows { get; } =
    [
        new($"add {Round} .f64", "=f64 f64 f64", m => Binary(m, (a, b) => a + b)),
        new($"sub {Round} .f64", "=f64 f64 f64", m => Binary(m, (a, b) => a - b)),
        new($"mul {Round} .f64", "=f64 f64 f64", m => Binary(m, (a, b) => a * b)),
        new($"div {MustRound} .f64", "=f64 f64 f64", m => Binary(m, (a, b) => a / b)),
        new($"fma {MustRound} .f64", "=f64 f64 f64 f64", Fma),
        new($"mad {MustRound} .f64", "=f64 f64 f64 f64", Fma),
        new($"rcp {MustRound} .f64", "=f64 f64", m => Unary(m, a => 1 / a)),
        new("rcp .approx .ftz .f64", "=f64 f64", m => Unary(m, a => 1 / a)),
        new($"sqrt {MustRound} .f64", "=f64 f64", m => Unary(m, Math.Sqrt)),
        new("rsqrt .approx [.ftz] .f64", "=f64 f64", m => Unary(m, a => 1 / Math.Sqrt(a))),
        new("neg .f64", "=f64 f64", _ => Map1(a => a ^ (1UL << 63))),
        new("abs .f64", "=f64 f64", _ => Map1(a => a & ~(1UL << 63))),
        new("min .f64", "=f64 f64 f64", m => Binary(m, FloatFamily.Least)),
        new("max .f64", "=f64 f64 f64", m => Binary(m, (a, b) => -FloatFamily.Least(-a, -b))),
        new("copysign .f64", "=f64 f64 f64", _ => Map2((a, b) => (a & (1UL << 63)) | (b & ~(1UL << 63)))),
    ];

    private static double Real(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    private static void NearestOnly(OpMatch m)
    {
        if (m.One(".rz", ".rm", ".rp") is { } mode) throw new PtxUnsupportedException(0, $"{mode}.f64");
    }

    private static Exec Unary(OpMatch m, Func<double, double> f)
    {
        NearestOnly(m);
        return Map1(a => BitConverter.DoubleToUInt64Bits(f(Real(a))));
    }

    private static Exec Binary(OpMatch m, Func<double, double, double> f)
    {
        NearestOnly(m);
        return Map2((a, b) => BitConverter.DoubleToUInt64Bits(f(Real(a), Real(b))));
    }

    private static Exec Fma(OpMatch m)
    {
        NearestOnly(m);
        return Map3((a, b, c) => BitConverter.DoubleToUInt64Bits(Math.FusedMultiplyAdd(Real(a), Real(b), Real(c))));
    }
}
