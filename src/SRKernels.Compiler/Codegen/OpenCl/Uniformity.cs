using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.OpenCl;

/// <summary>
/// Which blocks all threads of a group reach together. A value varies if it depends on the thread's index, on memory at a varying address,
/// on what the warp exchanged, or on which way a varying branch went; a block varies if a varying branch decides whether it runs.
/// </summary>
/// <remarks>
/// Control dependence by reachability: between a varying branch and its nearest common post-dominator everything varies. Loads at one
/// address are taken as the same for all threads, which holds for every program without a race.
/// </remarks>
internal sealed class Uniformity
{
    private readonly Function _function;
    private readonly bool[] _varies;
    private readonly bool[] _varyingBlock;
    private readonly int[] _postDominator; // block id to id of the immediate post-dominator, -1: the exit

    internal Uniformity(Function function)
    {
        _function = function;
        _varies = new bool[function.ValueCount];
        _varyingBlock = new bool[function.BlockIdCount];
        _postDominator = PostDominators(function);
        while (Round())
        {
        }
    }

    /// <summary>Whether all threads of a group run this block together.</summary>
    internal bool IsUniform(Block block) => !_varyingBlock[block.Id];

    private bool Round()
    {
        bool changed = false;
        foreach (Block block in _function.Blocks)
        {
            for (Value? v = block.First; v is not null; v = v.Next)
            {
                if (_varies[v.Id] || !Varies(v)) continue;
                _varies[v.Id] = true;
                changed = true;
            }

            if (block.Terminator is { Op: Op.CondBr } branch && _varies[branch[0].Id]) changed |= MarkBetween(block);
        }

        return changed;
    }

    private bool Varies(Value v)
    {
        switch (v.Op)
        {
            case Op.ThreadIdx or Op.LaneIdx:
            case >= Op.Shuffle and <= Op.ShuffleXor:
            case >= Op.AtomicAdd and <= Op.AtomicCas:
            case Op.Mma or Op.LdMatrix or Op.Asm:
                return true;
            case Op.AllocAddr:
                return _function.Allocations[(int)v.Imm].Space == Space.Local;
            case Op.BarrierPopCount or Op.BarrierAnd or Op.BarrierOr:
                return false;
            case Op.Phi:
                if (DependsOnTheWay(v)) return true;
                break;
        }

        foreach (Value operand in v.Operands)
            if (_varies[operand.Id]) return true;
        return false;
    }

    /// <summary>Whether threads that come by different ways at once take different operands.</summary>
    private bool DependsOnTheWay(Value phi)
    {
        Value? taken = null;
        for (int i = 0; i < phi.Block!.Preds.Count; i++)
        {
            Block pred = phi.Block.Preds[i];
            if (!_varyingBlock[pred.Id] && !(pred.Terminator is { Op: Op.CondBr } branch && _varies[branch[0].Id])) continue;
            if (taken is not null && !ReferenceEquals(taken, phi[i])) return true;
            taken = phi[i];
        }

        // One operand for all of them; but a block that only some threads reach has no common moment to compare.
        return taken is not null && _varyingBlock[phi.Block.Id];
    }

    private bool MarkBetween(Block branch)
    {
        int stop = _postDominator[branch.Id];
        bool changed = false;
        var work = new Stack<Block>();
        foreach (Block next in branch.Successors) work.Push(next);
        var seen = new bool[_function.BlockIdCount];
        while (work.TryPop(out Block? block))
        {
            if (block.Id == stop || seen[block.Id]) continue;
            seen[block.Id] = true;
            changed |= !_varyingBlock[block.Id];
            _varyingBlock[block.Id] = true;
            foreach (Block next in block.Successors) work.Push(next);
        }

        return changed;
    }

    private static int[] PostDominators(Function function)
    {
        // Iterative sets of bits over blocks: kernels have few blocks, and nothing here runs twice per compilation.
        int count = function.BlockIdCount;
        var sets = new System.Collections.BitArray[count];
        foreach (Block block in function.Blocks) sets[block.Id] = new System.Collections.BitArray(count, true);
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = function.Blocks.Count - 1; i >= 0; i--)
            {
                Block block = function.Blocks[i];
                var set = new System.Collections.BitArray(count, block.Successors.Length > 0);
                foreach (Block next in block.Successors) set.And(sets[next.Id]);
                set[block.Id] = true;
                if (Same(set, sets[block.Id])) continue;
                sets[block.Id] = set;
                changed = true;
            }
        }

        var nearest = new int[count];
        Array.Fill(nearest, -1);
        foreach (Block block in function.Blocks)
        {
            // The immediate one is the post-dominator with the most post-dominators of its own.
            int most = 0;
            foreach (Block other in function.Blocks)
            {
                if (ReferenceEquals(other, block) || !sets[block.Id][other.Id]) continue;
                int own = Count(sets[other.Id]);
                if (own <= most) continue;
                most = own;
                nearest[block.Id] = other.Id;
            }
        }

        return nearest;
    }

    private static bool Same(System.Collections.BitArray a, System.Collections.BitArray b)
    {
        for (int i = 0; i < a.Length; i++)
            if (a[i] != b[i]) return false;
        return true;
    }

    private static int Count(System.Collections.BitArray set)
    {
        int n = 0;
        foreach (bool bit in set) n += bit ? 1 : 0;
        return n;
    }
}
