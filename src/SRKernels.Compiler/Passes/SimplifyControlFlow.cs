using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Branches on constants become plain, unreachable blocks go, phis with one value become it, and a block joins its only predecessor.
/// <code>b0: condbr true, b1, b2   ->   b0: br b1        b0: br b1   b1 (only pred b0): X   ->   b0: X</code>
/// Legal: no path that can be taken changes. An empty block between two others stays when it keeps an edge's phi operands apart.
/// </summary>
internal sealed class SimplifyControlFlow : IPass
{
    /// <inheritdoc/>
    public bool Run(Function f)
    {
        bool any = false;
        while (FoldBranches(f) | f.RemoveUnreachableBlocks() | RemoveTrivialPhis(f) | MergeChains(f) | SkipEmptyBlocks(f)) any = true;
        return any;
    }

    /// <summary>Replaces phis whose operands are one value (or themselves).</summary>
    internal static bool RemoveTrivialPhis(Function f)
    {
        bool any = false;
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (Block block in f.Blocks)
            {
                Value? next;
                for (Value? phi = block.First; phi is { Op: Op.Phi }; phi = next)
                {
                    next = phi.Next;
                    if (OnlyValue(phi) is not { } value) continue;
                    phi.ReplaceAllUsesWith(value);
                    phi.Remove();
                    changed = any = true;
                }
            }
        }

        return any;
    }

    private static Value? OnlyValue(Value phi)
    {
        Value? only = null;
        foreach (Value operand in phi.Operands)
        {
            if (ReferenceEquals(operand, phi) || ReferenceEquals(operand, only)) continue;
            if (only is not null) return null;
            only = operand;
        }

        return only;
    }

    private static bool FoldBranches(Function f)
    {
        bool any = false;
        foreach (Block block in f.Blocks)
        {
            if (block.Terminator is not { Op: Op.CondBr } branch || branch[0].Op is not (Op.Const or Op.Undef)) continue;
            Block taken = branch.Targets[branch[0].Op == Op.Const && branch[0].Imm != 0 ? 0 : 1];
            ReplaceByJump(f, block, taken);
            any = true;
        }

        return any;
    }

    private static void ReplaceByJump(Function f, Block block, Block taken)
    {
        // The kept edge keeps its phi operands: remember them, since removing the terminator drops both edges.
        int edge = taken.IndexOfPred(block);
        var kept = new List<Value>();
        for (Value? phi = taken.First; phi is { Op: Op.Phi }; phi = phi.Next) kept.Add(phi[edge]);
        block.RemoveTerminator();
        var b = new Builder(f);
        b.SetEnd(block);
        b.Br(taken);
        int i = 0;
        for (Value? phi = taken.First; phi is { Op: Op.Phi }; phi = phi.Next) phi.AddOperand(kept[i++]);
    }

    private static bool MergeChains(Function f)
    {
        bool any = false;
        foreach (Block block in f.Blocks)
        {
            while (block.Terminator is { Op: Op.Br } jump && jump.Targets[0] is var next && next.Preds.Count == 1 && !ReferenceEquals(next, block) && !ReferenceEquals(next, f.Entry))
            {
                Absorb(block, next);
                any = true;
            }
        }

        if (any) f.Blocks.RemoveAll(block => block.First is null);
        return any;
    }

    private static void Absorb(Block block, Block next)
    {
        while (next.First is { Op: Op.Phi } phi)
        {
            phi.ReplaceAllUsesWith(phi[0]);
            phi.Remove();
        }

        block.RemoveTerminator();
        while (next.First is { } v)
        {
            next.Unlink(v);
            block.Append(v);
        }

        foreach (Block successor in block.Successors) successor.ReplacePred(next, block);
    }

    /// <summary>pred: br empty; empty: br target   ->   pred: br target, where target has no phis or pred is no predecessor of it yet.</summary>
    private static bool SkipEmptyBlocks(Function f)
    {
        bool any = false;
        foreach (Block block in f.Blocks)
        {
            if (ReferenceEquals(block, f.Entry) || block.First is not { Op: Op.Br } jump || ReferenceEquals(jump.Targets[0], block)) continue;
            Block target = jump.Targets[0];
            int edge = target.IndexOfPred(block);
            for (int p = block.Preds.Count - 1; p >= 0; p--)
            {
                Block pred = block.Preds[p];
                if (target.IndexOfPred(pred) >= 0) continue; // edges are unique
                var incoming = new List<Value>();
                for (Value? phi = target.First; phi is { Op: Op.Phi }; phi = phi.Next) incoming.Add(phi[edge]);
                pred.ReplaceSuccessor(block, target);
                int i = 0;
                for (Value? phi = target.First; phi is { Op: Op.Phi }; phi = phi.Next) phi.AddOperand(incoming[i++]);
                any = true;
            }
        }

        return any;
    }
}
