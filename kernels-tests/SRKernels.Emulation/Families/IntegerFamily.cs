using System.Runtime.Intrinsics;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;
using static SRKernels.Emulation.Families.Lanes;

namespace SRKernels.Emulation.Families;

/// <summary>Integer arithmetic. Division by zero gives all ones and its remainder the dividend, as the hardware does.</summary>
internal static class IntegerFamily
{
    private const string All = "(.u16 .s16 .u32 .s32 .u64 .s64)";
    private const string Narrow = "(.u16 .s16 .u32 .s32)";
    private const string Signed = "(.s16 .s32 .s64)";

    internal static OpRow[] Rows { get; } =
    [
        new("add " + All, "=0 0 0", Add),
        new("add .sat .s32", "=0 0 0", _ => Map2((a, b) => Clamp((long)(int)a + (int)b))),
        new("sub " + All, "=0 0 0", Sub),
        new("sub .sat .s32", "=0 0 0", _ => Map2((a, b) => Clamp((long)(int)a - (int)b))),
        new("mul .lo " + All, "=0 0 0", MulLo),
        new("mul .hi " + All, "=0 0 0", m => Map2((a, b) => High(m.Type, a, b))),
        new("mul .wide " + Narrow, "=0w 0 0", m => Map2((a, b) => m.Type.Extend(a) * m.Type.Extend(b))),
        new("mad .lo " + All, "=0 0 0 0", MadLo),
        new("mad .hi " + All, "=0 0 0 0", m => Map3((a, b, c) => High(m.Type, a, b) + c)),
        new("mad .hi .sat .s32", "=0 0 0 0", _ => Map3((a, b, c) => Clamp((((long)(int)a * (int)b) >> 32) + (int)c))),
        new("mad .wide " + Narrow, "=0w 0 0 0w", m => Map3((a, b, c) => (m.Type.Extend(a) * m.Type.Extend(b)) + c)),
        new("div " + All, "=0 0 0", m => Map2((a, b) => Divide(m.Type, a, b).Quotient)),
        new("rem " + All, "=0 0 0", m => Map2((a, b) => Divide(m.Type, a, b).Remainder)),
        new("neg " + Signed, "=0 0", _ => Map1(a => 0 - a)),
        new("abs " + Signed, "=0 0", m => Map1(a => (long)m.Type.Extend(a) < 0 ? 0 - a : a)),
        new("min " + All, "=0 0 0", m => Map2((a, b) => Less(m.Type, a, b) ? a : b)),
        new("max " + All, "=0 0 0", m => Map2((a, b) => Less(m.Type, a, b) ? b : a)),
        new("sad " + All, "=0 0 0 0", m => Map3((a, b, c) => c + (Less(m.Type, a, b) ? b - a : a - b))),
    ];

    private static Exec Add(OpMatch m) => m.Type.Bytes() switch
    {
        4 => Wide2((a, b) => (a.AsUInt32() + b.AsUInt32()).AsUInt64(), Map2((a, b) => a + b)),
        8 => Wide2((a, b) => a + b, Map2((a, b) => a + b)),
        _ => Map2((a, b) => a + b),
    };

    private static Exec Sub(OpMatch m) => m.Type.Bytes() switch
    {
        4 => Wide2((a, b) => (a.AsUInt32() - b.AsUInt32()).AsUInt64(), Map2((a, b) => a - b)),
        8 => Wide2((a, b) => a - b, Map2((a, b) => a - b)),
        _ => Map2((a, b) => a - b),
    };

    private static Exec MulLo(OpMatch m) => m.Type.Bytes() == 4
        ? Wide2((a, b) => (a.AsUInt32() * b.AsUInt32()).AsUInt64(), Map2((a, b) => a * b))
        : Map2((a, b) => a * b);

    private static Exec MadLo(OpMatch m) => m.Type.Bytes() == 4
        ? Wide3((a, b, c) => ((a.AsUInt32() * b.AsUInt32()) + c.AsUInt32()).AsUInt64(), Map3((a, b, c) => (a * b) + c))
        : Map3((a, b, c) => (a * b) + c);

    internal static bool Less(PtxType type, ulong a, ulong b) => type.IsSigned()
        ? (long)type.Extend(a) < (long)type.Extend(b)
        : (a & type.Mask()) < (b & type.Mask());

    private static ulong Clamp(long value) => (ulong)Math.Clamp(value, int.MinValue, int.MaxValue);

    private static ulong High(PtxType type, ulong a, ulong b) => type switch
    {
        PtxType.U64 => Math.BigMul(a, b, out _),
        PtxType.S64 => (ulong)Math.BigMul((long)a, (long)b, out _),
        _ => (ulong)((long)(type.Extend(a) * type.Extend(b)) >> type.Bits()),
    };

    private static (ulong Quotient, ulong Remainder) Divide(PtxType type, ulong a, ulong b)
    {
        (a, b) = (type.Extend(a), type.Extend(b));
        if (b == 0) return (ulong.MaxValue, a);
        if (!type.IsSigned()) return (a / b, a % b);
        return (long)b == -1 ? (0 - a, 0) : ((ulong)((long)a / (long)b), (ulong)((long)a % (long)b));
    }
}
