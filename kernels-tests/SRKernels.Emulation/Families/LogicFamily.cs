using System.Runtime.Intrinsics;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;
using static SRKernels.Emulation.Families.Lanes;

namespace SRKernels.Emulation.Families;

/// <summary>Bitwise operations on values and predicates, and shifts (amounts beyond the width clamp).</summary>
internal static class LogicFamily
{
    private const string Bits = "(.b16 .b32 .b64)";

    internal static OpRow[] Rows { get; } =
    [
        new("and " + Bits, "=0 0 0", _ => Wide2(Vector256.BitwiseAnd, Map2((a, b) => a & b))),
        new("or " + Bits, "=0 0 0", _ => Wide2(Vector256.BitwiseOr, Map2((a, b) => a | b))),
        new("xor " + Bits, "=0 0 0", _ => Wide2(Vector256.Xor, Map2((a, b) => a ^ b))),
        new("not " + Bits, "=0 0", _ => Map1(a => ~a)),
        new("and .pred", "=pred pred! pred!", _ => Predicates((a, b) => a & b)),
        new("or .pred", "=pred pred! pred!", _ => Predicates((a, b) => a | b)),
        new("xor .pred", "=pred pred! pred!", _ => Predicates((a, b) => a ^ b)),
        new("not .pred", "=pred pred!", _ => (w, i, mask) => w.SetPredicate(i.D, mask, ~w.Predicate(i.Slots[1]))),
        new("shl " + Bits, "=0 0 u32", m => Map2((a, b) => b >= (ulong)m.Type.Bits() ? 0 : a << (int)b)),
        new("shr (.b16 .b32 .b64 .u16 .u32 .u64)", "=0 0 u32", m => Map2((a, b) => b >= (ulong)m.Type.Bits() ? 0 : a >> (int)b)),
        new("shr (.s16 .s32 .s64)", "=0 0 u32",
            m => Map2((a, b) => (ulong)((long)m.Type.Extend(a) >> (int)Math.Min(b, (ulong)m.Type.Bits() - 1)))),
        new("lop3 .b32", "=b32 b32 b32 b32 u32#", _ => Lop3),
    ];

    private static Exec Predicates(Func<uint, uint, uint> f) =>
        (w, i, mask) => w.SetPredicate(i.D, mask, f(w.Predicate(i.Slots[1]), w.Predicate(i.Slots[2])));

    // Bit k of the table is the result where a, b, c have the bits of k (a the highest).
    private static void Lop3(Execution.Warp warp, Ins ins, uint mask)
    {
        var table = ins.Slots[4].Offset;
        var d = warp.Row(ins.D);
        var a = warp.Row(ins.A);
        var b = warp.Row(ins.B);
        var c = warp.Row(ins.C);
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = System.Numerics.BitOperations.TrailingZeroCount(mask);
            ulong result = 0;
            for (var k = 0; k < 8; k++)
                if ((table >> k & 1) != 0)
                    result |= ((k & 4) != 0 ? a[lane] : ~a[lane]) & ((k & 2) != 0 ? b[lane] : ~b[lane]) & ((k & 1) != 0 ? c[lane] : ~c[lane]);
            d[lane] = (uint)result;
        }
    }
}
