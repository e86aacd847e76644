namespace SRKernels.Compiler.IR;

/// <summary>
/// Dominator tree and reverse postorder of the blocks reachable from the entry. A snapshot: make a new one after
/// changing edges. Cooper, Harvey, Kennedy. A Simple, Fast Dominance Algorithm. 2001.
/// </summary>
internal sealed class Dominators
{
    private readonly int[] _order;
    private readonly Block?[] _parent;
    private readonly int[] _enter;
    private readonly int[] _leave;

    internal Dominators(Function function)
    {
        _order = new int[function.BlockIdCount];
        _parent = new Block?[function.BlockIdCount];
        _enter = new int[function.BlockIdCount];
        _leave = new int[function.BlockIdCount];
        Array.Fill(_order, -1);
        ReversePostorder = Order(function);
        for (int i = 0; i < ReversePostorder.Length; i++) _order[ReversePostorder[i].Id] = i;
        FindParents();
        NumberTree(function);
    }

    /// <summary>Reachable blocks, each before its successors but for back edges.</summary>
    internal Block[] ReversePostorder { get; }

    internal bool IsReachable(Block block) => _order[block.Id] >= 0;

    /// <summary>Position in <see cref="ReversePostorder"/>; -1: unreachable.</summary>
    internal int OrderOf(Block block) => _order[block.Id];

    /// <summary>Immediate dominator; null for the entry.</summary>
    internal Block? Parent(Block block) => _parent[block.Id];

    /// <summary>Whether every path to <paramref name="b"/> passes <paramref name="a"/> (a block dominates
    /// itself).</summary>
    internal bool Dominates(Block a, Block b) => _enter[a.Id] <= _enter[b.Id] && _leave[b.Id] <= _leave[a.Id];

    /// <summary>Whether a value is computed before control reaches <paramref name="point"/> (strictly, within one
    /// block).</summary>
    internal bool Dominates(Value value, Value point)
    {
        if (value.Block is null) return true;
        if (!ReferenceEquals(value.Block, point.Block)) return Dominates(value.Block, point.Block!);
        for (Value? v = value.Next; v is not null; v = v.Next)
            if (ReferenceEquals(v, point))
                return true;
        return false;
    }

    private static Block[] Order(Function function)
    {
        var seen = new bool[function.BlockIdCount];
        var result = new Block[function.Blocks.Count];
        int at = result.Length;
        var stack = new Stack<(Block Block, int Next)>();
        stack.Push((function.Entry, 0));
        seen[function.Entry.Id] = true;
        while (stack.TryPop(out (Block Block, int Next) top))
        {
            ReadOnlySpan<Block> next = top.Block.Successors;
            if (top.Next == next.Length)
            {
                result[--at] = top.Block;
                continue;
            }

            stack.Push((top.Block, top.Next + 1));
            // The last successor first, so that the first one comes first in reverse postorder.
            Block successor = next[next.Length - 1 - top.Next];
            if (seen[successor.Id]) continue;
            seen[successor.Id] = true;
            stack.Push((successor, 0));
        }

        return result[at..];
    }

    private void FindParents()
    {
        Block entry = ReversePostorder[0];
        _parent[entry.Id] = entry;
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = 1; i < ReversePostorder.Length; i++)
            {
                Block block = ReversePostorder[i];
                Block? parent = null;
                foreach (Block pred in block.Preds)
                {
                    if (!IsReachable(pred) || _parent[pred.Id] is null) continue;
                    parent = parent is null ? pred : Intersect(parent, pred);
                }

                if (ReferenceEquals(_parent[block.Id], parent)) continue;
                _parent[block.Id] = parent;
                changed = true;
            }
        }

        _parent[entry.Id] = null;
    }

    private Block Intersect(Block a, Block b)
    {
        while (!ReferenceEquals(a, b))
        {
            while (_order[a.Id] > _order[b.Id]) a = _parent[a.Id]!;
            while (_order[b.Id] > _order[a.Id]) b = _parent[b.Id]!;
        }

        return a;
    }

    /// <summary>Enter and leave times of a walk of the tree, so that dominance is two comparisons.</summary>
    private void NumberTree(Function function)
    {
        var size = new int[function.BlockIdCount];
        for (int i = ReversePostorder.Length - 1; i >= 0; i--)
        {
            Block block = ReversePostorder[i];
            size[block.Id]++;
            if (_parent[block.Id] is { } parent) size[parent.Id] += size[block.Id];
        }

        var next = new int[function.BlockIdCount];
        foreach (Block block in ReversePostorder)
        {
            int enter = 0;
            if (_parent[block.Id] is { } parent)
            {
                enter = next[parent.Id];
                next[parent.Id] += size[block.Id];
            }

            _enter[block.Id] = enter;
            _leave[block.Id] = enter + size[block.Id] - 1;
            next[block.Id] = enter + 1;
        }
    }
}
