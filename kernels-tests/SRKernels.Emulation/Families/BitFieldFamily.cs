using System.Numerics;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;
using static SRKernels.Emulation.Families.Lanes;

namespace SRKernels.Emulation.Families;

/// <summary>Bit counting, bit fields, byte permutation.</summary>
internal static class BitFieldFamily
{
    internal static OpRow[] Rows { get; } =
    [
        new("popc (.b32 .b64)", "=u32 0", _ => Map1(a => (ulong)BitOperations.PopCount(a))),
        new("clz (.b32 .b64)", "=u32 0", m => Map1(a => (ulong)(BitOperations.LeadingZeroCount(a) - (64 - m.Type.Bits())))),
        new("brev (.b32 .b64)", "=0 0", m => Map1(a => Reverse(a) >> (64 - m.Type.Bits()))),
        new("bfe (.u32 .s32 .u64 .s64)", "=0 0 u32 u32", m => Map3((a, b, c) => Extract(m.Type, a, (int)(b & 255), (int)(c & 255))),
            check: null),
        new("bfi (.b32 .b64)", "=0 0 0 u32 u32", m => Insert(m.Type)),
        new("prmt .b32", "=b32 b32 b32 b32", _ => Map3(Permute)),
        new("prmt .b32 (.f4e .b4e .rc8 .ecl .ecr .rc16)", "=b32 b32 b32 b32",
            m => throw new PtxUnsupportedException(0, "prmt" + m.One(".f4e", ".b4e", ".rc8", ".ecl", ".ecr", ".rc16"))),
    ];

    /// <summary>Constant positions and lengths beyond 255 are refused by the assembler.</summary>
    internal static string? CheckConstants(Instruction instruction) => instruction.Opcode is "bfe" or "bfi"
        && Array.Exists(instruction.Operands[^2..], o => o is IntegerOperand { Value: > 255 })
            ? "expected a position and length of 0..255"
            : null;

    private static ulong Reverse(ulong value)
    {
        ulong result = 0;
        for (var i = 0; i < 64; i++) result |= (value >> i & 1) << (63 - i);
        return result;
    }

    // PTX ISA, bfe: bits beyond the top are the sign (or 0); a field of length 0 is 0.
    private static ulong Extract(PtxType type, ulong a, int position, int length)
    {
        var top = type.Bits() - 1;
        ulong sign = !type.IsSigned() || length == 0 ? 0 : a >> Math.Min(position + length - 1, top) & 1;
        ulong d = 0;
        for (var i = 0; i <= top; i++)
        {
            var bit = i < length && position + i <= top ? a >> (position + i) & 1 : sign;
            d |= bit << i;
        }

        return d;
    }

    private static Exec Insert(PtxType type) => (warp, ins, mask) =>
    {
        var d = warp.Row(ins.D);
        var a = warp.Row(ins.A);
        var b = warp.Row(ins.B);
        var positions = warp.Row(ins.C);
        var lengths = warp.Row(ins.Slots[4].Index);
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var (position, length) = ((int)(positions[lane] & 255), (int)(lengths[lane] & 255));
            var value = b[lane];
            for (var i = 0; i < length && position + i < type.Bits(); i++)
                value = (value & ~(1UL << (position + i))) | ((a[lane] >> i & 1) << (position + i));
            d[lane] = value;
        }
    };

    // Each nibble of the selector picks a byte of b:a; its top bit asks for that byte's sign instead.
    private static ulong Permute(ulong a, ulong b, ulong selector)
    {
        var bytes = a | (b << 32);
        ulong d = 0;
        for (var i = 0; i < 4; i++)
        {
            var pick = (int)(selector >> (4 * i)) & 15;
            var value = bytes >> (8 * (pick & 7)) & 255;
            if ((pick & 8) != 0) value = (value & 0x80) != 0 ? 255UL : 0;
            d |= value << (8 * i);
        }

        return d;
    }
}
