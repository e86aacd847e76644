using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;
using static SRKernels.Emulation.Families.Lanes;

namespace SRKernels.Emulation.Families;

/// <summary>
/// cvt between integers, f16, bf16, tf32, f32, f64 (PTX ISA, cvt), cvta and isspacep. Float to integer clamps to the
/// range; a NaN becomes 0, or the lowest integer's bits where f64 or a 64-bit integer takes part.
/// </summary>
internal static class ConvertFamily
{
    private const string Integers = "(.u8 .s8 .u16 .s16 .u32 .s32 .u64 .s64)";
    private const string Round = "(.rn .rz .rm .rp)";
    private const string RoundInteger = "(.rni .rzi .rmi .rpi)";
    private const string Spaces = "(.global .shared .local .const)";

    internal static OpRow[] Rows { get; } =
    [
        new($"cvt [.sat] {Integers} {Integers}", "=0+ 1+~", IntegerToInteger),
        new($"cvt {Round} [.sat] (.f16 .f32 .f64) {Integers}", "=0 1+~", IntegerToFloat),
        new($"cvt {Round} .bf16 {Integers}", "=0 1+~", IntegerToFloat, sm: 90),
        new($"cvt {RoundInteger} [.ftz] [.sat] {Integers} (.f16 .f32)", "=0+ 1", FloatToInteger),
        new($"cvt {RoundInteger} [.sat] {Integers} .f64", "=0+ 1", FloatToInteger),
        new($"cvt {RoundInteger} {Integers} .bf16", "=0+ 1", FloatToInteger, sm: 90),
        new($"cvt [.rni .rzi .rmi .rpi] [.ftz] [.sat] .f32 .f32", "=0 1", FloatToFloat),
        new($"cvt [.rni .rzi .rmi .rpi] [.sat] .f64 .f64", "=0 1", FloatToFloat),
        new($"cvt [.rni .rzi .rmi .rpi] [.ftz] [.sat] .f16 .f16", "=0+ 1+", FloatToFloat),
        new($"cvt {Round} [.ftz] [.sat] .f32 .f64", "=0 1", FloatToFloat),
        new("cvt [.ftz] [.sat] .f64 .f32", "=0 1", FloatToFloat),
        new($"cvt {Round} [.ftz] [.sat] .f16 .f32", "=0+ 1", FloatToFloat),
        new("cvt (.rn .rz) [.ftz] .relu .f16 .f32", "=0+ 1", FloatToFloat, sm: 80),
        new($"cvt {Round} [.sat] .f16 .f64", "=0+ 1", FloatToFloat),
        new("cvt [.ftz] [.sat] .f32 .f16", "=0 1+", FloatToFloat),
        new("cvt [.sat] .f64 .f16", "=0 1+", FloatToFloat),
        new($"cvt {Round} [.ftz] .bf16 .f32", "=0 1", FloatToFloat, sm: 80),
        new("cvt (.rn .rz) [.ftz] .relu .bf16 .f32", "=0 1", FloatToFloat, sm: 80),
        new("cvt [.ftz] .f32 .bf16", "=0 1", FloatToFloat, sm: 80),
        new("cvt .f64 .bf16", "=0 1", FloatToFloat, sm: 90),
        new($"cvt {Round} .bf16 .f64", "=0 1", FloatToFloat, sm: 90),
        new($"cvt {Round} .bf16 .f16", "=0 1", FloatToFloat, sm: 90),
        new("cvt (.rn .rz) [.relu] .f16x2 .f32", "=0 1 1", ToPair, sm: 80),
        new("cvt (.rn .rz) [.relu] .bf16x2 .f32", "=0 1 1", ToPair, sm: 80),
        new("cvt .rna .tf32 .f32", "=0 1", _ => Map1(a => Rounding.ToTf32(FloatFamily.Single(a))), sm: 80),
        new("cvt (.rn .rz) [.relu] .tf32 .f32", "=0 1", _ => throw new PtxUnsupportedException(0, "cvt.rn.tf32"), sm: 90),
        new($"cvta {Spaces} .u64", "=u64 u64~&", m => ToGeneric(m.Space)),
        new($"cvta .to {Spaces} .u64", "=u64 u64~&", m => FromGeneric(m.Space)),
        new($"cvta [.to] {Spaces} .u32", "=u32 u32~&", _ => throw new PtxUnsupportedException(0, "a 32-bit generic address")),
        new($"isspacep {Spaces}", "=pred u64", m => IsSpace(m.Space)),
        new($"isspacep {Spaces}", "=pred u32", _ => throw new PtxUnsupportedException(0, "a 32-bit generic address")),
    ];

    private static Exec IntegerToInteger(OpMatch m)
    {
        var (to, from) = (m.Types[0], m.Types[1]);
        if (!m.Sat) return Map1(a => to.Extend(from.Extend(a)));
        var (low, high) = Range(to);
        return Map1(a =>
        {
            Int128 value = from.IsSigned() ? (long)from.Extend(a) : from.Extend(a);
            return (ulong)(UInt128)Int128.Clamp(value, low, high);
        });
    }

    private static (Int128 Low, Int128 High) Range(PtxType type) => type.IsSigned()
        ? (-(Int128.One << (type.Bits() - 1)), (Int128.One << (type.Bits() - 1)) - 1)
        : (0, (Int128.One << type.Bits()) - 1);

    private static Exec IntegerToFloat(OpMatch m)
    {
        var (to, from) = (m.Types[0], m.Types[1]);
        var mode = Rounding.Of(m.One(".rz", ".rm", ".rp"));
        if (to == PtxType.F64 && mode != RoundingMode.Nearest && from.Bytes() == 8)
            throw new PtxUnsupportedException(0, "directed rounding to .f64");
        var sat = m.Sat;
        return Map1(a =>
        {
            var bits = from.Extend(a);
            // To odd where double cannot hold all 64 bits, so that the second rounding is right.
            var value = from.IsSigned() ? (double)(long)bits : bits;
            if (to != PtxType.F64 && from.Bytes() == 8) value = ExactToOdd(bits, from.IsSigned());
            if (sat) value = Math.Clamp(value, 0, 1);
            return FromDouble(value, to, mode);
        });
    }

    private static double ExactToOdd(ulong bits, bool signed)
    {
        var negative = signed && (long)bits < 0;
        var magnitude = negative ? 0 - bits : bits;
        // Below 2^53 exact; above, the low 11 bits collapse into one sticky bit, which is an odd rounding.
        if (magnitude >> 53 != 0) magnitude = (magnitude & ~0xFFFUL) | ((magnitude & 0xFFF) != 0 ? 0x800UL : 0);
        return negative ? -(double)magnitude : magnitude;
    }

    internal static double ToDouble(ulong bits, PtxType type) => type switch
    {
        PtxType.F64 => BitConverter.UInt64BitsToDouble(bits),
        PtxType.F32 => FloatFamily.Single(bits),
        _ => HalfFamily.ToDouble(bits, type == PtxType.BF16),
    };

    private static ulong FromDouble(double value, PtxType type, RoundingMode mode) => type switch
    {
        PtxType.F64 => BitConverter.DoubleToUInt64Bits(value),
        PtxType.F32 => FloatFamily.Bits(Rounding.ToSingle(value, mode)),
        _ => HalfFamily.FromDouble(value, type == PtxType.BF16, mode),
    };

    private static double ToIntegral(double value, string? modifier) => modifier switch
    {
        ".rni" => Math.Round(value, MidpointRounding.ToEven),
        ".rzi" => Math.Truncate(value),
        ".rmi" => Math.Floor(value),
        ".rpi" => Math.Ceiling(value),
        _ => value,
    };

    private static Exec FloatToInteger(OpMatch m)
    {
        var (to, from) = (m.Types[0], m.Types[1]);
        var modifier = m.One(".rni", ".rzi", ".rmi", ".rpi");
        var (low, high) = Range(to);
        var ftz = m.Ftz;
        var notANumber = from == PtxType.F64 || to.Bytes() == 8 ? 1UL << (to.Bits() - 1) : 0;
        return Map1(a =>
        {
            var value = ToDouble(a, from);
            if (double.IsNaN(value)) return to.Extend(notANumber);
            if (ftz && from == PtxType.F32) value = Rounding.FlushSubnormal((float)value);
            value = ToIntegral(value, modifier);
            if (value <= (double)low) return (ulong)(UInt128)low;
            return value >= (double)high ? (ulong)(UInt128)high : (ulong)(UInt128)(Int128)value;
        });
    }

    private static Exec FloatToFloat(OpMatch m)
    {
        var (to, from) = (m.Types[0], m.Types[1]);
        var mode = Rounding.Of(m.One(".rz", ".rm", ".rp"));
        var integral = m.One(".rni", ".rzi", ".rmi", ".rpi");
        var (ftz, sat, relu) = (m.Ftz, m.Sat, m.Has(".relu"));
        return Map1(a =>
        {
            var value = ToDouble(a, from);
            if (ftz && from == PtxType.F32) value = Rounding.FlushSubnormal((float)value);
            value = ToIntegral(value, integral);
            if (sat) value = double.IsNaN(value) ? 0 : Math.Clamp(value, 0, 1);
            if (relu && value < 0) value = 0;
            var bits = FromDouble(value, to, mode);
            return ftz && to == PtxType.F32 ? FloatFamily.Bits(Rounding.FlushSubnormal(FloatFamily.Single(bits))) : bits;
        });
    }

    // d = {a, b}: a in the upper half. PTX ISA, cvt: "For .f16x2 destination type, input a is placed in upper half".
    private static Exec ToPair(OpMatch m)
    {
        var brain = m.Types[0] == PtxType.BF16x2;
        var mode = Rounding.Of(m.One(".rz"));
        var relu = m.Has(".relu");
        ulong One(ulong bits)
        {
            double value = FloatFamily.Single(bits);
            return HalfFamily.FromDouble(relu && value < 0 ? 0 : value, brain, mode);
        }

        return Map2((a, b) => (One(a) << 16) | One(b));
    }

    private static ulong Window(StateSpace space) => space switch
    {
        StateSpace.Shared => Warp.SharedWindow,
        StateSpace.Local => Warp.LocalWindow,
        StateSpace.Const => Warp.ConstWindow,
        _ => 0,
    };

    private static Exec ToGeneric(StateSpace space) => Map1(a => a + Window(space));

    private static Exec FromGeneric(StateSpace space) => (warp, ins, mask) =>
    {
        var a = warp.Row(ins.A);
        for (var left = mask; left != 0; left &= left - 1)
        {
            var lane = System.Numerics.BitOperations.TrailingZeroCount(left);
            var address = a[lane];
            if (Warp.Resolve(ref address) == space) continue;
            warp.Report(FindingKind.WrongSpace, ins, $"{warp.Where(lane)} converts 0x{a[lane]:x} to {space}, where it is not");
        }

        Map1(address => address - Window(space))(warp, ins, mask);
    };

    private static Exec IsSpace(StateSpace space) => (warp, ins, mask) =>
        CompareFamily.SetWhere(warp, ins.Slots[0], mask, warp.Row(ins.A), address => Warp.Resolve(ref address) == space);
}
