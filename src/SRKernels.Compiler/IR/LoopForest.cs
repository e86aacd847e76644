namespace SRKernels.Compiler.IR;

/// <summary>A natural loop: the header, and all blocks that reach a back edge to it without passing it.</summary>
internal sealed class Loop(Block header)
{
    internal Block Header { get; } = header;

    /// <summary>The loop around this one; null: none.</summary>
    internal Loop? Parent { get; set; }

    /// <summary>1 for an outermost loop.</summary>
    internal int Depth { get; set; }

    /// <summary>The blocks of this loop and of the loops in it; the header first.</summary>
    internal List<Block> Blocks { get; } = [header];

    /// <summary>The blocks with an edge back to the header.</summary>
    internal List<Block> Latches { get; } = [];

    /// <summary>Blocks outside with an edge from inside, without repetition.</summary>
    internal List<Block> Exits { get; } = [];

    internal bool IsInnermost { get; set; } = true;

    /// <summary>The one block outside that leads to the header, if it leads nowhere else; else null.</summary>
    internal Block? Preheader
    {
        get
        {
            Block? found = null;
            foreach (Block pred in Header.Preds)
            {
                if (Latches.Contains(pred)) continue;
                if (found is not null) return null;
                found = pred;
            }

            return found is { Successors.Length: 1 } ? found : null;
        }
    }
}

/// <summary>The natural loops of a function. A snapshot, as <see cref="Dominators"/>.</summary>
internal sealed class LoopForest
{
    private readonly Loop?[] _innermost;

    internal LoopForest(Function function, Dominators dominators)
    {
        _innermost = new Loop?[function.BlockIdCount];
        var mark = new int[function.BlockIdCount];
        // Inner headers stand later in reverse postorder, so walking backwards finds inner loops first.
        for (int i = dominators.ReversePostorder.Length - 1; i >= 0; i--)
        {
            Block header = dominators.ReversePostorder[i];
            Loop? loop = null;
            foreach (Block pred in header.Preds)
            {
                if (!dominators.IsReachable(pred) || !dominators.Dominates(header, pred)) continue;
                loop ??= new Loop(header);
                loop.Latches.Add(pred);
            }

            if (loop is null) continue;
            Collect(loop, mark, Loops.Count + 1);
            Loops.Add(loop);
        }

        foreach (Loop loop in Loops) loop.Depth = DepthOf(loop);
    }

    /// <summary>All loops; an inner one before the ones around it.</summary>
    internal List<Loop> Loops { get; } = [];

    /// <summary>The innermost loop that holds the block; null: none.</summary>
    internal Loop? Of(Block block) => _innermost[block.Id];

    internal bool Contains(Loop loop, Block block)
    {
        for (Loop? l = Of(block); l is not null; l = l.Parent)
            if (ReferenceEquals(l, loop))
                return true;
        return false;
    }

    private static int DepthOf(Loop loop)
    {
        int depth = 1;
        for (Loop? l = loop.Parent; l is not null; l = l.Parent) depth++;
        return depth;
    }

    private void Collect(Loop loop, int[] mark, int stamp)
    {
        mark[loop.Header.Id] = stamp;
        var work = new Stack<Block>();
        foreach (Block latch in loop.Latches)
            if (mark[latch.Id] != stamp)
            {
                mark[latch.Id] = stamp;
                work.Push(latch);
            }

        while (work.TryPop(out Block? block))
        {
            loop.Blocks.Add(block);
            foreach (Block pred in block.Preds)
                if (mark[pred.Id] != stamp)
                {
                    mark[pred.Id] = stamp;
                    work.Push(pred);
                }
        }

        foreach (Block block in loop.Blocks)
        {
            if (_innermost[block.Id] is { } inner) AdoptOutermost(inner, loop);
            else _innermost[block.Id] = loop;
            foreach (Block next in block.Successors)
                if (mark[next.Id] != stamp && !loop.Exits.Contains(next))
                    loop.Exits.Add(next);
        }
    }

    private static void AdoptOutermost(Loop inner, Loop outer)
    {
        while (inner.Parent is { } parent) inner = parent;
        if (ReferenceEquals(inner, outer)) return;
        inner.Parent = outer;
        outer.IsInnermost = false;
    }
}
