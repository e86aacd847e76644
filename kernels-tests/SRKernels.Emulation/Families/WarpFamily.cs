using System.Numerics;
using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Families;

/// <summary>Exchange and votes among the lanes of a warp. PTX ISA: shfl.sync, vote.sync, match.sync, redux.sync, activemask.</summary>
internal static class WarpFamily
{
    internal static OpRow[] Rows { get; } =
    [
        new("shfl .sync (.idx .up .down .bfly) .b32", "=b32| b32 u32 u32 b32", Shuffle, sm: 30),
        new("vote .sync (.all .any .uni) .pred", "=pred pred! b32", Vote, sm: 30),
        new("vote .sync .ballot .b32", "=b32 pred! b32", _ => Ballot, sm: 30),
        new("activemask .b32", "=b32", _ => (w, i, mask) => Fill(w, i.D, mask, mask), sm: 30),
        new("match .any .sync (.b32 .b64)", "=b32 0 b32", _ => MatchAny, sm: 70),
        new("match .all .sync (.b32 .b64)", "=b32| 0 b32", _ => MatchAll, sm: 70),
        new("redux .sync (.add .min .max) (.u32 .s32)", "=0 0 b32", Reduce, sm: 80),
        new("redux .sync (.and .or .xor) .b32", "=0 0 b32", Reduce, sm: 80),
    ];

    internal static void Fill(Warp warp, int row, uint mask, ulong value)
    {
        var d = warp.Row(row);
        for (; mask != 0; mask &= mask - 1) d[BitOperations.TrailingZeroCount(mask)] = value;
    }

    /// <summary>The lanes that the member mask names must be the lanes that execute; else the hardware waits or worse.</summary>
    internal static void CheckMembers(Warp warp, Ins ins, uint mask, int row)
    {
        var members = warp.Row(row);
        for (var left = mask; left != 0; left &= left - 1)
        {
            var lane = BitOperations.TrailingZeroCount(left);
            var named = (uint)members[lane] & warp.Live;
            if (named == mask) continue;
            warp.Report(FindingKind.InactiveLane, ins, $"{warp.Where(lane)} names lanes {named:x8}, but lanes {mask:x8} execute");
            return;
        }
    }

    private static Exec Shuffle(OpMatch m)
    {
        var mode = m.One(".idx", ".up", ".down", ".bfly");
        return (warp, ins, mask) =>
        {
            var pair = ins.Slots.Length == 6 ? 1 : 0;
            CheckMembers(warp, ins, mask, ins.Slots[^1].Index);
            Span<ulong> source = stackalloc ulong[32];
            warp.Row(ins.Slots[1 + pair].Index).CopyTo(source);
            var amounts = warp.Row(ins.Slots[2 + pair].Index);
            var bounds = warp.Row(ins.Slots[3 + pair].Index);
            uint within = 0;
            Span<ulong> result = stackalloc ulong[32];
            for (var left = mask; left != 0; left &= left - 1)
            {
                var lane = BitOperations.TrailingZeroCount(left);
                var amount = (int)(amounts[lane] & 31);
                var clamp = (int)(bounds[lane] & 31);
                var segment = (int)(bounds[lane] >> 8 & 31);
                var most = (lane & segment) | (clamp & ~segment & 31);
                var from = mode switch
                {
                    ".up" => lane - amount,
                    ".down" => lane + amount,
                    ".bfly" => lane ^ amount,
                    _ => (lane & segment) | (amount & ~segment & 31),
                };
                var inside = mode == ".up" ? from >= most : from <= most;
                if (inside) within |= 1u << lane;
                else from = lane;
                if ((mask >> from & 1) == 0)
                    warp.Report(FindingKind.InactiveLane, ins, $"{warp.Where(lane)} reads lane {from}, which does not take part");
                result[lane] = source[from];
            }

            var row = warp.Row(ins.D);
            for (var left = mask; left != 0; left &= left - 1)
            {
                var lane = BitOperations.TrailingZeroCount(left);
                row[lane] = result[lane];
            }

            if (pair != 0) warp.SetPredicate(ins.Slots[1].Index, mask, within);
        };
    }

    private static Exec Vote(OpMatch m)
    {
        var mode = m.One(".all", ".any", ".uni");
        return (warp, ins, mask) =>
        {
            CheckMembers(warp, ins, mask, ins.B);
            var votes = warp.Predicate(ins.Slots[1]) & mask;
            var result = mode switch { ".all" => votes == mask, ".any" => votes != 0, _ => votes == mask || votes == 0 };
            warp.SetPredicate(ins.D, mask, result ? Warp.Full : 0);
        };
    }

    private static void Ballot(Warp warp, Ins ins, uint mask)
    {
        CheckMembers(warp, ins, mask, ins.B);
        Fill(warp, ins.D, mask, warp.Predicate(ins.Slots[1]) & mask);
    }

    private static void MatchAny(Warp warp, Ins ins, uint mask)
    {
        CheckMembers(warp, ins, mask, ins.B);
        Span<ulong> values = stackalloc ulong[32];
        warp.Row(ins.A).CopyTo(values);
        for (var left = mask; left != 0; left &= left - 1)
        {
            var lane = BitOperations.TrailingZeroCount(left);
            uint same = 0;
            for (var other = 0; other < 32; other++)
                if ((mask >> other & 1) != 0 && values[other] == values[lane])
                    same |= 1u << other;
            warp.Row(ins.D)[lane] = same;
        }
    }

    private static void MatchAll(Warp warp, Ins ins, uint mask)
    {
        var pair = ins.Slots.Length == 4 ? 1 : 0;
        CheckMembers(warp, ins, mask, ins.Slots[^1].Index);
        var values = warp.Row(ins.Slots[1 + pair].Index);
        var first = values[BitOperations.TrailingZeroCount(mask)];
        var all = true;
        for (var left = mask; left != 0; left &= left - 1) all &= values[BitOperations.TrailingZeroCount(left)] == first;
        Fill(warp, ins.D, mask, all ? mask : 0);
        if (pair != 0) warp.SetPredicate(ins.Slots[1].Index, mask, all ? Warp.Full : 0);
    }

    private static Exec Reduce(OpMatch m)
    {
        Func<ulong, ulong, ulong> f = m.One(".add", ".min", ".max", ".and", ".or", ".xor") switch
        {
            ".add" => (a, b) => a + b,
            ".min" => (a, b) => IntegerFamily.Less(m.Type, a, b) ? a : b,
            ".max" => (a, b) => IntegerFamily.Less(m.Type, a, b) ? b : a,
            ".and" => (a, b) => a & b,
            ".or" => (a, b) => a | b,
            _ => (a, b) => a ^ b,
        };
        return (warp, ins, mask) =>
        {
            CheckMembers(warp, ins, mask, ins.B);
            var values = warp.Row(ins.A);
            var result = values[BitOperations.TrailingZeroCount(mask)];
            for (var left = mask & (mask - 1); left != 0; left &= left - 1) result = f(result, values[BitOperations.TrailingZeroCount(left)]);
            Fill(warp, ins.D, mask, (uint)result);
        };
    }
}
