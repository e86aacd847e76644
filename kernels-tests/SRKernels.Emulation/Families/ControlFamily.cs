using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Families;

/// <summary>Branches, exits, barriers and fences. The warp itself does the steering; the rows say what else happens.</summary>
internal static class ControlFamily
{
    internal static OpRow[] Rows { get; } =
    [
        new("bra", "label", _ => MemoryFamily.Nothing),
        new("bra .uni", "label", _ => Uniform),
        new("brx .idx [.uni]", "u32 label", _ => MemoryFamily.Nothing, sm: 30),
        new("ret [.uni]", "", _ => MemoryFamily.Nothing),
        new("exit", "", _ => MemoryFamily.Nothing),
        new("trap", "", _ => (w, i, _) => w.Report(FindingKind.Trap, i, $"{w.Where(0)} or another of its warp")),
        new("membar (.cta .gl .sys)", "", _ => MemoryFamily.Nothing),
        new("fence [.sc .acq_rel] (.cta .gpu .sys)", "", _ => MemoryFamily.Nothing, sm: 70),
        new("bar [.cta] .sync", "u32 u32?", _ => (w, i, mask) => Arrive(w, i, mask, 0, default, false, null), check: null),
        new("bar [.cta] .arrive", "u32 u32", _ => (w, i, mask) => Arrive(w, i, mask, 0, default, true, null)),
        new("bar [.cta] .red .popc .u32", "=u32 u32 u32? pred!", _ => Popc),
        new("bar [.cta] .red (.and .or) .pred", "=pred u32 u32? pred!", All),
        new("barrier [.cta] .sync [.aligned]", "u32 u32?", _ => (w, i, mask) => Arrive(w, i, mask, 0, default, false, null), sm: 30),
        new("barrier [.cta] .arrive [.aligned]", "u32 u32", _ => (w, i, mask) => Arrive(w, i, mask, 0, default, true, null), sm: 30),
        new("barrier [.cta] .red .popc [.aligned] .u32", "=u32 u32 u32? pred!", _ => Popc, sm: 30),
        new("barrier [.cta] .red (.and .or) [.aligned] .pred", "=pred u32 u32? pred!", All, sm: 30),
        new("bar .warp .sync", "b32", _ => WarpSync, sm: 30),
    ];

    /// <summary>What only the real assembler's constant operands can get wrong: barrier numbers and thread counts.</summary>
    internal static string? CheckConstants(Instruction instruction)
    {
        if (instruction.Opcode is not ("bar" or "barrier") || instruction.Modifiers.Contains(".warp")) return null;
        var first = instruction.Modifiers.Contains(".red") ? 1 : 0;
        if (instruction.Operands[first] is IntegerOperand { Value: > 15 } id) return $"expected a barrier 0..15, got {id.Value}";
        if (instruction.Operands.Length <= first + 1 || instruction.Operands[first + 1] is not IntegerOperand count) return null;
        if (instruction.Modifiers.Contains(".arrive") && count.Value == 0) return "expected a thread count, got 0";
        return count.Value % 32 == 0 ? null : $"expected a multiple of 32 threads, got {count.Value}";
    }

    internal static void SetControl(Ins ins) => ins.Control = ins.Source.Opcode switch
    {
        "bra" or "brx" => Control.Branch,
        "ret" or "exit" or "trap" => Control.Exit,
        "bar" or "barrier" when !ins.Source.Modifiers.Contains(".warp") => Control.Barrier,
        _ => Control.None,
    };

    private static void Uniform(Warp warp, Ins ins, uint taken)
    {
        if (taken != warp.Converged)
            warp.Report(FindingKind.DivergentInstruction, ins, $"warp {warp.Index}: only lanes {taken:x8} of {warp.Converged:x8} branch");
    }

    private static void Arrive(Warp warp, Ins ins, uint mask, int first, Slot vote, bool arriveOnly, Action<int, bool, bool>? result)
    {
        var lane = System.Numerics.BitOperations.TrailingZeroCount(mask);
        var last = vote.IsPredicate ? ins.Slots.Length - 1 : ins.Slots.Length;
        var id = (int)warp.Row(ins.Slots[first].Index)[lane];
        var threads = last > first + 1 ? (int)warp.Row(ins.Slots[first + 1].Index)[lane] : 0;
        warp.Block.Arrive(warp, ins, id, threads, mask, vote.IsPredicate ? warp.Predicate(vote) : 0, arriveOnly, result);
    }

    private static void Popc(Warp warp, Ins ins, uint mask) => Arrive(warp, ins, mask, 1, ins.Slots[^1], false,
        (count, _, _) => Lanes.Map1(_ => (ulong)count)(warp, ins, mask));

    private static Exec All(OpMatch m)
    {
        var and = m.Has(".and");
        return (warp, ins, mask) => Arrive(warp, ins, mask, 1, ins.Slots[^1], false,
            (_, all, any) => warp.SetPredicate(ins.D, mask, (and ? all : any) ? Warp.Full : 0));
    }

    private static void WarpSync(Warp warp, Ins ins, uint mask)
    {
        WarpFamily.CheckMembers(warp, ins, mask, ins.Slots[0].Index);
        warp.Clock[warp.Index]++;
    }
}
