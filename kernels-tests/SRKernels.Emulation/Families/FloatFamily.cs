using System.Runtime.Intrinsics;
using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;
using static SRKernels.Emulation.Families.Lanes;

namespace SRKernels.Emulation.Families;

/// <summary>
/// Single precision. Rounded operations are exact to the bit, with the canonical NaN 0x7FFFFFFF. The approximations
/// (.approx, .full) are computed in double and rounded to nearest: at least as near as the hardware, not equal to it.
/// </summary>
internal static class FloatFamily
{
    private const string Round = "[.rn .rz .rm .rp]";
    private const string MustRound = "(.rn .rz .rm .rp)";

    internal static OpRow[] Rows { get; } =
    [
        new($"add {Round} [.ftz] [.sat] .f32", "=f32 f32 f32", Add),
        new($"sub {Round} [.ftz] [.sat] .f32", "=f32 f32 f32", Sub),
        new($"mul {Round} [.ftz] [.sat] .f32", "=f32 f32 f32", Mul),
        new($"fma {MustRound} [.ftz] [.sat] .f32", "=f32 f32 f32 f32", Fma),
        new($"mad {MustRound} [.ftz] [.sat] .f32", "=f32 f32 f32 f32", Fma),
        new($"div {MustRound} [.ftz] .f32", "=f32 f32 f32", m => Binary(m, (a, b) => Rounding.DivideToOdd(a, b))),
        new("div (.approx .full) [.ftz] .f32", "=f32 f32 f32", m => m.Has(".approx") ? Binary(m, DivideApproximately) : Binary(m, (a, b) => a / b)),
        new($"rcp {MustRound} [.ftz] .f32", "=f32 f32", m => Unary(m, a => Rounding.DivideToOdd(1, a))),
        new("rcp .approx [.ftz] .f32", "=f32 f32", m => Unary(m, a => 1 / a)),
        new($"sqrt {MustRound} [.ftz] .f32", "=f32 f32", m => Unary(m, Rounding.SqrtToOdd)),
        new("sqrt .approx [.ftz] .f32", "=f32 f32", m => Unary(m, Math.Sqrt)),
        new("rsqrt .approx [.ftz] .f32", "=f32 f32", m => Unary(m, a => 1 / Math.Sqrt(a))),
        new("ex2 .approx [.ftz] .f32", "=f32 f32", m => Unary(m, a => Math.Pow(2, a))),
        new("lg2 .approx [.ftz] .f32", "=f32 f32", m => Unary(m, Math.Log2)),
        new("sin .approx [.ftz] .f32", "=f32 f32", m => Unary(m, Math.Sin)),
        new("cos .approx [.ftz] .f32", "=f32 f32", m => Unary(m, Math.Cos)),
        new("tanh .approx .f32", "=f32 f32", m => Unary(m, Math.Tanh), sm: 75),
        new("neg [.ftz] .f32", "=f32 f32", m => m.Ftz ? Unary(m, a => -a) : Map1(a => a ^ 0x80000000)),
        new("abs [.ftz] .f32", "=f32 f32", m => m.Ftz ? Unary(m, a => Math.Abs(a)) : Map1(a => a & 0x7FFFFFFF)),
        new("min [.ftz] .f32", "=f32 f32 f32", m => Binary(m, (a, b) => Least(a, b))),
        new("max [.ftz] .f32", "=f32 f32 f32", m => Binary(m, (a, b) => -Least(-a, -b))),
        new("min [.ftz] .NaN .f32", "=f32 f32 f32", m => Binary(m, (a, b) => Math.Min(a, b)), sm: 80),
        new("max [.ftz] .NaN .f32", "=f32 f32 f32", m => Binary(m, (a, b) => Math.Max(a, b)), sm: 80),
        new("copysign .f32", "=f32 f32 f32", _ => Map2((a, b) => (a & 0x80000000) | (b & 0x7FFFFFFF))),
        new("testp (.finite .infinite .number .notanumber .normal .subnormal) .f32", "=pred f32", TestProperty),
        new("testp (.finite .infinite .number .notanumber .normal .subnormal) .f64", "=pred f64", TestProperty),
    ];

    internal static float Single(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    internal static ulong Bits(float value) => float.IsNaN(value) ? Rounding.NaN32 : BitConverter.SingleToUInt32Bits(value);

    // One of the two when the other is a NaN; -0 before +0.
    internal static double Least(double a, double b) => double.IsNaN(a) ? b : double.IsNaN(b) ? a : Math.Min(a, b);

    private static Func<double, ulong> Finish(OpMatch m)
    {
        var mode = Rounding.Of(m.One(".rz", ".rm", ".rp"));
        var (ftz, sat) = (m.Ftz, m.Sat);
        return value =>
        {
            var result = Rounding.ToSingle(value, mode);
            if (ftz) result = Rounding.FlushSubnormal(result);
            if (sat) result = Rounding.Saturate(result);
            return Bits(result);
        };
    }

    private static float Input(ulong bits, bool ftz) => ftz ? Rounding.FlushSubnormal(Single(bits)) : Single(bits);

    private static Exec Unary(OpMatch m, Func<double, double> f)
    {
        var (finish, ftz) = (Finish(m), m.Ftz);
        return Map1(a => finish(f(Input(a, ftz))));
    }

    private static Exec Binary(OpMatch m, Func<double, double, double> f)
    {
        var (finish, ftz) = (Finish(m), m.Ftz);
        return Map2((a, b) => finish(f(Input(a, ftz), Input(b, ftz))));
    }

    private static bool IsPlain(OpMatch m) => !m.Ftz && !m.Sat && m.One(".rz", ".rm", ".rp") is null;

    // NaNs become the canonical one, as in the scalar path; upper halves are 0 and stay so.
    private static Vector256<ulong> Canonical(Vector256<float> value) => Vector256.ConditionalSelect(
        Vector256.Equals(value, value), value, Vector256.Create(Rounding.NaN32).AsSingle()).AsUInt64();

    private static Exec Add(OpMatch m)
    {
        var scalar = Binary(m, Rounding.AddToOdd);
        return IsPlain(m) ? Wide2((a, b) => Canonical(a.AsSingle() + b.AsSingle()), scalar) : scalar;
    }

    private static Exec Sub(OpMatch m)
    {
        var scalar = Binary(m, (a, b) => Rounding.AddToOdd(a, -b));
        return IsPlain(m) ? Wide2((a, b) => Canonical(a.AsSingle() - b.AsSingle()), scalar) : scalar;
    }

    private static Exec Mul(OpMatch m)
    {
        var scalar = Binary(m, (a, b) => a * b);
        return IsPlain(m) ? Wide2((a, b) => Canonical(a.AsSingle() * b.AsSingle()), scalar) : scalar;
    }

    private static Exec Fma(OpMatch m)
    {
        var (finish, ftz) = (Finish(m), m.Ftz);
        var scalar = Map3((a, b, c) => finish(Rounding.FmaToOdd(Input(a, ftz), Input(b, ftz), Input(c, ftz))));
        return IsPlain(m)
            ? Wide3((a, b, c) => Canonical(Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle())), scalar)
            : scalar;
    }

    // PTX ISA, div.approx: a divisor beyond 2^126 gives 0 (and a NaN with an infinite dividend).
    private static double DivideApproximately(double a, double b) =>
        Math.Abs(b) > Math.ScaleB(1, 126) && double.IsFinite(b) ? (double.IsFinite(a) ? Math.CopySign(0, a * Math.Sign(b)) : double.NaN) : a / b;

    private static Exec TestProperty(OpMatch m)
    {
        Func<double, double, bool> test = m.One(".finite", ".infinite", ".number", ".notanumber", ".normal") switch
        {
            ".finite" => (a, _) => double.IsFinite(a),
            ".infinite" => (a, _) => double.IsInfinity(a),
            ".number" => (a, _) => !double.IsNaN(a),
            ".notanumber" => (a, _) => double.IsNaN(a),
            ".normal" => (a, least) => double.IsFinite(a) && Math.Abs(a) >= least,
            _ => (a, least) => a != 0 && Math.Abs(a) < least,
        };
        var single = m.Type == PtxType.F32;
        var smallest = single ? 1.1754943508222875e-38 : 2.2250738585072014e-308;
        return (warp, ins, mask) => CompareFamily.SetWhere(warp, ins.Slots[0], mask, warp.Row(ins.A),
            a => test(single ? Single(a) : BitConverter.UInt64BitsToDouble(a), smallest));
    }
}
