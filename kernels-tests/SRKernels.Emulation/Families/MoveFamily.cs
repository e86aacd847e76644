using System.Numerics;
using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;
using static SRKernels.Emulation.Families.Lanes;

namespace SRKernels.Emulation.Families;

/// <summary>mov of values, addresses, special registers and predicates, and the packing and unpacking of vectors.</summary>
internal static class MoveFamily
{
    internal static OpRow[] Rows { get; } =
    [
        new("mov (.b16 .u16 .s16 .b32 .u32 .s32 .f32 .b64 .u64 .s64 .f64)", "=0 0~&", _ => Move),
        new("mov .pred", "=pred pred!", _ => (w, i, mask) => w.SetPredicate(i.D, mask, w.Predicate(i.Slots[1]))),
        .. Packs(".b16", "b8", 2), .. Packs(".b32", "b16", 2), .. Packs(".b32", "b8", 4), .. Packs(".b64", "b32", 2),
        .. Packs(".b64", "b16", 4),
    ];

    private static OpRow[] Packs(string whole, string part, int count) =>
    [
        new($"mov {whole}", $"=0 {count}x{part}~", m => Pack(m.Type.Bits() / count)),
        new($"mov {whole}", $"={count}x{part} 0", m => Unpack(m.Type.Bits() / count, count)),
    ];

    private static void Move(Warp warp, Ins ins, uint mask)
    {
        if (ins.Source.Operands[1] is SpecialOperand { Name: "%clock" or "%clock64" or "%globaltimer" })
        {
            var now = (ulong)warp.Executed;
            Map1(_ => now)(warp, ins, mask);
            return;
        }

        if (mask == Warp.Full && ins.Slots[0].Type.Bytes() >= ins.Slots[1].Type.Bytes()) warp.Row(ins.A).CopyTo(warp.Row(ins.D));
        else Copy(warp, ins, mask);
    }

    private static readonly Exec Copy = Map1(a => a);

    private static Exec Pack(int bits) => (warp, ins, mask) =>
    {
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            ulong value = 0;
            for (var part = 1; part < ins.Slots.Length; part++)
                value |= warp.Row(ins.Slots[part].Index)[lane] << (bits * (part - 1));
            warp.Row(ins.D)[lane] = value;
        }
    };

    private static Exec Unpack(int bits, int count) => (warp, ins, mask) =>
    {
        var keep = (1UL << bits) - 1;
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var value = warp.Row(ins.Slots[count].Index)[lane];
            for (var part = 0; part < count; part++) warp.Row(ins.Slots[part].Index)[lane] = value >> (bits * part) & keep;
        }
    };
}
