using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Moves what does not change in a loop before it.
/// <code>loop: %1 = mul %a, %b (neither defined in the loop)   ->   preheader: %1 = mul %a, %b</code>
/// Legal for pure operations that cannot trap: computing them once more or for nothing is not visible. Loads stay where they are.
/// </summary>
internal sealed class HoistInvariants : IPass
{
    /// <inheritdoc/>
    public bool Run(Function f)
    {
        bool any = LoopPreheaders.Make(f);
        var dominators = new Dominators(f);
        var loops = new LoopForest(f, dominators);
        foreach (Loop loop in loops.Loops)
        {
            if (loop.Preheader is not { } preheader) continue;
            Value end = preheader.Terminator!;
            for (int i = dominators.OrderOf(loop.Header); i < dominators.ReversePostorder.Length; i++)
            {
                Block block = dominators.ReversePostorder[i];
                if (!loops.Contains(loop, block)) continue;
                Value? next;
                for (Value? v = block.First; v is not null; v = next)
                {
                    next = v.Next;
                    if (!IsMovable(v) || DependsOn(v, loop, loops)) continue;
                    block.Unlink(v);
                    preheader.InsertBefore(v, end);
                    any = true;
                }
            }
        }

        return any;
    }

    private static bool IsMovable(Value v) =>
        v.Op is not (Op.Phi or Op.Extract or Op.AsmOutput)
        && !v.Info.Has(OpTraits.Reads | OpTraits.Writes | OpTraits.Convergent | OpTraits.Terminator)
        && (!v.Info.Has(OpTraits.Traps) || (v[1].TryGetInt(out long divisor) && divisor is not (0 or -1)));

    private static bool DependsOn(Value v, Loop loop, LoopForest loops)
    {
        foreach (Value operand in v.Operands)
            if (operand.Block is { } block && loops.Contains(loop, block)) return true;
        return false;
    }
}
