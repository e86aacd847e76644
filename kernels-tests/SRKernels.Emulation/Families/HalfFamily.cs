using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;
using static SRKernels.Emulation.Families.Lanes;

namespace SRKernels.Emulation.Families;

/// <summary>
/// f16, bf16 and their packed pairs, exactly rounded (each operation computed in double, rounded to odd, then once).
/// The approximations are rounded to nearest.
/// </summary>
internal static class HalfFamily
{
    internal static OpRow[] Rows { get; } =
    [
        new("add [.rn] [.ftz] [.sat] (.f16 .f16x2)", "=0^ 0^ 0^", m => Binary(m, Rounding.AddToOdd), sm: 53),
        new("sub [.rn] [.ftz] [.sat] (.f16 .f16x2)", "=0^ 0^ 0^", m => Binary(m, (a, b) => Rounding.AddToOdd(a, -b)), sm: 53),
        new("mul [.rn] [.ftz] [.sat] (.f16 .f16x2)", "=0^ 0^ 0^", m => Binary(m, (a, b) => a * b), sm: 53),
        new("add [.rn] (.bf16 .bf16x2)", "=0^ 0^ 0^", m => Binary(m, Rounding.AddToOdd), sm: 90),
        new("sub [.rn] (.bf16 .bf16x2)", "=0^ 0^ 0^", m => Binary(m, (a, b) => Rounding.AddToOdd(a, -b)), sm: 90),
        new("mul [.rn] (.bf16 .bf16x2)", "=0^ 0^ 0^", m => Binary(m, (a, b) => a * b), sm: 90),
        new("fma .rn [.ftz] [.sat] (.f16 .f16x2)", "=0^ 0^ 0^ 0^", Fma, sm: 53),
        new("fma .rn .relu [.ftz] (.f16 .f16x2)", "=0^ 0^ 0^ 0^", Fma, sm: 80),
        new("fma .rn [.relu] (.bf16 .bf16x2)", "=0^ 0^ 0^ 0^", Fma, sm: 80),
        new("neg [.ftz] (.f16 .f16x2)", "=0^ 0^", m => Unary(m, a => -a), sm: 53),
        new("neg (.bf16 .bf16x2)", "=0^ 0^", m => Unary(m, a => -a), sm: 80),
        new("abs [.ftz] (.f16 .f16x2)", "=0^ 0^", m => Unary(m, Math.Abs), sm: 53),
        new("abs (.bf16 .bf16x2)", "=0^ 0^", m => Unary(m, Math.Abs), sm: 80),
        new("min [.ftz] (.f16 .f16x2)", "=0^ 0^ 0^", m => Binary(m, FloatFamily.Least), sm: 80),
        new("max [.ftz] (.f16 .f16x2)", "=0^ 0^ 0^", m => Binary(m, (a, b) => -FloatFamily.Least(-a, -b)), sm: 80),
        new("min [.ftz] .NaN (.f16 .f16x2)", "=0^ 0^ 0^", m => Binary(m, Math.Min), sm: 80),
        new("max [.ftz] .NaN (.f16 .f16x2)", "=0^ 0^ 0^", m => Binary(m, Math.Max), sm: 80),
        new("min (.bf16 .bf16x2)", "=0^ 0^ 0^", m => Binary(m, FloatFamily.Least), sm: 80),
        new("max (.bf16 .bf16x2)", "=0^ 0^ 0^", m => Binary(m, (a, b) => -FloatFamily.Least(-a, -b)), sm: 80),
        new("min .NaN (.bf16 .bf16x2)", "=0^ 0^ 0^", m => Binary(m, Math.Min), sm: 80),
        new("max .NaN (.bf16 .bf16x2)", "=0^ 0^ 0^", m => Binary(m, Math.Max), sm: 80),
        new("ex2 .approx (.f16 .f16x2)", "=0^ 0^", m => Unary(m, a => Math.Pow(2, a)), sm: 75),
        new("ex2 .approx .ftz (.bf16 .bf16x2)", "=0^ 0^", m => Unary(m, a => Math.Pow(2, a)), sm: 90),
        new("tanh .approx (.f16 .f16x2)", "=0^ 0^", m => Unary(m, Math.Tanh), sm: 75),
        new("tanh .approx (.bf16 .bf16x2)", "=0^ 0^", m => Unary(m, Math.Tanh), sm: 90),
    ];

    internal static double ToDouble(ulong bits, bool brain) =>
        brain ? Rounding.FromBFloat(bits & 0xFFFF) : (double)BitConverter.UInt16BitsToHalf((ushort)bits);

    internal static ulong FromDouble(double value, bool brain, RoundingMode mode = RoundingMode.Nearest)
    {
        if (double.IsNaN(value)) return Rounding.NaN16;
        return brain ? Rounding.ToBFloat(value, mode) : BitConverter.HalfToUInt16Bits(Rounding.ToHalf(value, mode));
    }

    private readonly record struct Format(bool Brain, bool Packed, bool Ftz, bool Sat, bool Relu)
    {
        internal static Format Of(OpMatch m) => new(m.Type is PtxType.BF16 or PtxType.BF16x2,
            m.Type is PtxType.F16x2 or PtxType.BF16x2, m.Ftz, m.Sat, m.Has(".relu"));

        internal double Input(ulong bits) => Flush(ToDouble(bits, Brain));

        internal ulong Result(double value)
        {
            if (Sat) value = double.IsNaN(value) ? 0 : Math.Clamp(value, 0, 1);
            if (Relu && value < 0) value = 0;
            var bits = FromDouble(value, Brain);
            return Ftz ? FromDouble(Flush(ToDouble(bits, Brain)), Brain) : bits;
        }

        private double Flush(double value) =>
            Ftz && Math.Abs(value) < 6.103515625e-05 ? Math.CopySign(0, value) : value;
    }

    private static Exec Unary(OpMatch m, Func<double, double> f)
    {
        var format = Format.Of(m);
        ulong One(ulong a) => format.Result(f(format.Input(a)));
        return format.Packed ? Map1(a => One(a & 0xFFFF) | (One(a >> 16) << 16)) : Map1(One);
    }

    private static Exec Binary(OpMatch m, Func<double, double, double> f)
    {
        var format = Format.Of(m);
        ulong One(ulong a, ulong b) => format.Result(f(format.Input(a), format.Input(b)));
        return format.Packed ? Map2((a, b) => One(a & 0xFFFF, b & 0xFFFF) | (One(a >> 16, b >> 16) << 16)) : Map2(One);
    }

    private static Exec Fma(OpMatch m)
    {
        var format = Format.Of(m);
        ulong One(ulong a, ulong b, ulong c) =>
            format.Result(Rounding.FmaToOdd(format.Input(a), format.Input(b), format.Input(c)));
        return format.Packed
            ? Map3((a, b, c) => One(a & 0xFFFF, b & 0xFFFF, c & 0xFFFF) | (One(a >> 16, b >> 16, c >> 16) << 16))
            : Map3(One);
    }
}
