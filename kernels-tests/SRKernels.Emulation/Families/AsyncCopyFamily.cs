using System.Numerics;
using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Families;

/// <summary>
/// cp.async with its groups. Groups are kept per warp: a commit or wait that only a part of a warp executes is reported.
/// </summary>
internal static class AsyncCopyFamily
{
    private const string Spaces = ">.shared >.global [.L2::64B .L2::128B .L2::256B]";

    internal static OpRow[] Rows { get; } =
    [
        new($"cp .async (.ca .cg) {Spaces}", "addr addr u32#", _ => Issue, sm: 80),
        new($"cp .async (.ca .cg) {Spaces}", "addr addr u32# u32", _ => Issue, sm: 80),
        new($"cp .async (.ca .cg) {Spaces}", "addr addr u32# pred!", _ => throw new PtxUnsupportedException(0, "cp.async with ignore-src"), sm: 80),
        new("cp .async .commit_group", "", _ => Whole((w, _) => w.CommitGroup()), sm: 80),
        new("cp .async .wait_group", "u32#", _ => Whole((w, i) => w.WaitGroups((int)Math.Max(0, i.Slots[0].Offset))), sm: 80),
        new("cp .async .wait_all", "", _ => Whole((w, _) => w.WaitAll()), sm: 80),
    ];

    /// <summary>What is wrong with a copy's size, or null: 4, 8, 16 bytes through L1, 16 around it.</summary>
    internal static string? CheckConstants(Instruction instruction)
    {
        if (instruction.Opcode != "cp" || instruction.Operands.Length < 3) return null;
        if (instruction.Operands.Length > 3 && instruction.Operands[3] is IntegerOperand { Value: > 16 } wanted)
            return $"expected at most 16 source bytes, got {wanted.Value}";
        if (instruction.Operands[2] is not IntegerOperand size) return null;
        if (instruction.Modifiers.Contains(".cg")) return size.Value == 16 ? null : $"expected 16 bytes, got {size.Value}";
        return size.Value is 4 or 8 or 16 ? null : $"expected 4, 8 or 16 bytes, got {size.Value}";
    }

    private static Exec Whole(Action<Warp, Ins> action) => (warp, ins, mask) =>
    {
        if (mask != warp.Live)
            warp.Report(FindingKind.DivergentInstruction, ins, $"only lanes {mask:x8} of {warp.Live:x8} of warp {warp.Index} execute it");
        action(warp, ins);
    };

    private static void Issue(Warp warp, Ins ins, uint mask)
    {
        Span<ulong> to = stackalloc ulong[32];
        Span<ulong> from = stackalloc ulong[32];
        MemoryFamily.Addresses(warp, ins.Slots[0], to);
        MemoryFamily.Addresses(warp, ins.Slots[1], from);
        var size = (int)ins.Slots[2].Offset;
        warp.CountBanks(ins, to, mask, size);
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var wanted = ins.Slots.Length > 3 ? (int)Math.Min((ulong)size, warp.Row(ins.Slots[3].Index)[lane]) : size;
            var data = new byte[size];
            // Of the source only the wanted bytes are touched, but its address must be aligned to the whole size.
            if (wanted > 0)
            {
                if ((from[lane] & (ulong)(size - 1)) != 0)
                {
                    warp.Access(ins, lane, StateSpace.Global, from[lane], size, AccessKind.Read);
                    continue;
                }

                for (var i = 0; i < wanted; i++)
                {
                    var one = warp.Access(ins, lane, StateSpace.Global, from[lane] + (ulong)i, 1, AccessKind.Read);
                    if (one.IsEmpty) break;
                    data[i] = one[0];
                }
            }

            if ((to[lane] & (ulong)(size - 1)) != 0 || !warp.Block.Shared.Contains(to[lane], size))
            {
                // Reports what is wrong with the address; nothing is copied.
                warp.Access(ins, lane, StateSpace.Shared, to[lane], size, AccessKind.Write, data);
                continue;
            }

            warp.IssueCopy(ins, lane, (int)to[lane], data);
        }
    }
}
