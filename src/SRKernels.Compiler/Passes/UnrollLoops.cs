using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Writes out loops whose number of rounds is known, so that indices into register tiles become constants.
/// <code>for (i = 0; i &lt; 4; i++) a[i] = x   ->   a[0] = x; a[1] = x; a[2] = x; a[3] = x</code>
/// Legal: the loop leaves at one place only, and what is tested there depends on constants alone, so evaluating it round by round says how
/// often the body runs. Never where a barrier or another convergent operation that synchronises stands in the loop.
/// </summary>
internal sealed class UnrollLoops : IPass
{
    private const int MostRounds = 256;
    private const int MostInstructions = 16384;

    /// <inheritdoc/>
    public bool Run(Function f)
    {
        bool any = false;
        for (bool changed = true; changed;)
        {
            changed = false;
            var loops = new LoopForest(f, new Dominators(f));
            foreach (Loop loop in loops.Loops)
            {
                if (!loop.IsInnermost || !CanUnroll(loop, out Block exiting, out int rounds)) continue;
                Unroll(f, loop, exiting, rounds);
                f.RemoveUnreachableBlocks();
                changed = any = true;
                break; // blocks and loops have changed
            }

            if (!changed) continue;
            new FoldConstants().Run(f);
            new SimplifyControlFlow().Run(f);
        }

        return any;
    }

    private static bool CanUnroll(Loop loop, out Block exiting, out int rounds)
    {
        exiting = loop.Header;
        rounds = 0;
        if (loop.Latches.Count != 1 || loop.Exits.Count != 1) return false;
        Block? found = null;
        int size = 0;
        foreach (Block block in loop.Blocks)
        {
            foreach (Block next in block.Successors)
            {
                if (loop.Blocks.Contains(next)) continue;
                if (found is not null) return false;
                found = block;
            }

            for (Value? v = block.First; v is not null; v = v.Next)
            {
                if (v.Op is >= Op.Barrier and <= Op.WarpBarrier or Op.Asm) return false;
                size++;
            }
        }

        if (found?.Terminator is not { Op: Op.CondBr } || (!ReferenceEquals(found, loop.Header) && !ReferenceEquals(found, loop.Latches[0]))) return false;
        exiting = found;
        rounds = CountRounds(loop, exiting);
        return rounds > 0 && (long)rounds * size <= MostInstructions;
    }

    /// <summary>How many times the test is evaluated, the leaving one included; 0: not known.</summary>
    private static int CountRounds(Loop loop, Block exiting)
    {
        Value test = exiting.Terminator![0];
        bool staysIf = loop.Blocks.Contains(exiting.Terminator.Targets[0]);
        int latch = loop.Header.IndexOfPred(loop.Latches[0]);
        if (loop.Header.Preds.Count != 2) return 0;
        var now = new Dictionary<Value, ulong>();
        for (Value? phi = loop.Header.First; phi is { Op: Op.Phi }; phi = phi.Next)
            if (phi[1 - latch].IsConst) now[phi] = (ulong)phi[1 - latch].Imm;
        for (int round = 1; round <= MostRounds + 1; round++)
        {
            var memo = new Dictionary<Value, ulong>(now);
            if (!TryEvaluate(loop, test, memo, 0, out ulong outcome)) return 0;
            if (outcome != 0 != staysIf) return round;
            var next = new Dictionary<Value, ulong>();
            for (Value? phi = loop.Header.First; phi is { Op: Op.Phi }; phi = phi.Next)
                if (TryEvaluate(loop, phi[latch], memo, 0, out ulong bits)) next[phi] = bits;
            now = next;
        }

        return 0;
    }

    private static bool TryEvaluate(Loop loop, Value v, Dictionary<Value, ulong> known, int depth, out ulong bits)
    {
        bits = (ulong)v.Imm;
        if (v.IsConst) return true;
        if (known.TryGetValue(v, out bits)) return true;
        if (depth > 16 || v.Op == Op.Phi || v.Block is null || !ScalarSemantics.Covers(v.Op) || v.Type.IsVector) return false;
        ulong a = 0, b = 0, c = 0;
        if (v.Operands.Length > 0 && !TryEvaluate(loop, v[0], known, depth + 1, out a)) return false;
        if (v.Operands.Length > 1 && !TryEvaluate(loop, v[1], known, depth + 1, out b)) return false;
        if (v.Operands.Length > 2 && !TryEvaluate(loop, v[2], known, depth + 1, out c)) return false;
        if (!ScalarSemantics.TryEvaluate(v, a, b, c, out bits, out _)) return false;
        known[v] = bits;
        return true;
    }

    /// <summary>
    /// Copies the body once a round. The header's phis read the round before; the test is known, so the exiting block just goes on, or out.
    /// </summary>
    private static void Unroll(Function f, Loop loop, Block exiting, int rounds)
    {
        Block header = loop.Header;
        Block latch = loop.Latches[0];
        Block exit = loop.Exits[0];
        int latchEdge = header.IndexOfPred(latch);
        Block entry = header.Preds[1 - latchEdge];
        bool staysIf = loop.Blocks.Contains(exiting.Terminator!.Targets[0]);
        Block stays = exiting.Terminator.Targets[staysIf ? 0 : 1];
        var phis = new List<(Value Phi, Value First, Value Next)>(); // read now: redirecting the entry edge drops operands
        for (Value? phi = header.First; phi is { Op: Op.Phi }; phi = phi.Next) phis.Add((phi, phi[1 - latchEdge], phi[latchEdge]));

        Dictionary<Value, Value> previous = [];
        Block? previousLatch = null;
        Dictionary<Value, Value> map = [];
        for (int round = 0; round < rounds; round++)
        {
            map = [];
            var blocks = new Dictionary<Block, Block>();
            foreach (Block block in loop.Blocks) blocks[block] = f.AddBlock();
            foreach ((Value phi, Value first, Value next) in phis) map[phi] = round == 0 ? first : Mapped(previous, next);
            bool last = round == rounds - 1;
            CloneBlocks(f, loop, map, blocks);
            foreach (Block block in loop.Blocks)
            {
                if (!ReferenceEquals(block, exiting))
                {
                    // the edge back to the header stays open: Close makes it when the next copy is there
                    CloneTerminator(f, block, map, blocks, header);
                    continue;
                }

                var b = new Builder(f);
                b.SetEnd(blocks[block]);
                if (last)
                {
                    b.Br(exit);
                    int edge = exit.IndexOfPred(exiting);
                    for (Value? phi = exit.First; phi is { Op: Op.Phi }; phi = phi.Next) phi.AddOperand(Mapped(map, phi[edge]));
                }
                else if (!ReferenceEquals(stays, header))
                {
                    b.Br(blocks[stays]);
                    CopyPhiOperands(block, stays, map, blocks);
                }
            }

            Block start = blocks[header];
            if (round == 0) entry.ReplaceSuccessor(header, start);
            else Close(f, previousLatch!, start);
            previousLatch = blocks[latch];
            previous = map;
        }

        // The last copy of the latch is not reached when the header leaves; give it an end so that it can be deleted.
        if (previousLatch!.Terminator is null)
        {
            var b = new Builder(f);
            b.SetEnd(previousLatch);
            b.Ret();
        }

        CompletePhis(loop, f);
        ReplaceOutside(loop, map);
    }

    private static void CloneBlocks(Function f, Loop loop, Dictionary<Value, Value> map, Dictionary<Block, Block> blocks)
    {
        // First all values without operands, then operands: phis of inner joins may look ahead.
        foreach (Block block in loop.Blocks)
        {
            for (Value? v = block.First; v is not null; v = v.Next)
            {
                if (v.IsTerminator || (v.Op == Op.Phi && ReferenceEquals(block, loop.Header))) continue;
                Value copy = v.Op == Op.Phi ? f.Create(Op.Phi, v.Type) : f.Create(v.Op, v.Type, v.Operands.ToArray());
                copy.Imm = v.Imm;
                copy.Offset = v.Offset;
                copy.Fast = v.Fast;
                copy.Volatile = v.Volatile;
                copy.Position = v.Position;
                blocks[block].Append(copy);
                map[v] = copy;
            }
        }

        foreach (Block block in loop.Blocks)
        {
            for (Value? copy = blocks[block].First; copy is not null; copy = copy.Next)
                for (int i = 0; i < copy.Operands.Length; i++)
                    if (map.TryGetValue(copy[i], out Value? mapped)) copy.SetOperand(i, mapped);
        }
    }

    /// <summary>Edges inside the copy; the edge to the header is left open. Phi operands follow the order in which edges are made.</summary>
    private static void CloneTerminator(Function f, Block block, Dictionary<Value, Value> map, Dictionary<Block, Block> blocks, Block header)
    {
        Value last = block.Terminator!;
        var b = new Builder(f) { Position = last.Position };
        b.SetEnd(blocks[block]);
        if (last.Op == Op.Br && ReferenceEquals(last.Targets[0], header)) return;
        if (last.Op == Op.Br) b.Br(blocks[last.Targets[0]]);
        else b.CondBr(Mapped(map, last[0]), blocks[last.Targets[0]], blocks[last.Targets[1]]);
        foreach (Block target in last.Targets) CopyPhiOperands(block, target, map, blocks);
    }

    private static void CopyPhiOperands(Block from, Block target, Dictionary<Value, Value> map, Dictionary<Block, Block> blocks)
    {
        int edge = target.IndexOfPred(from);
        Value? copy = blocks[target].First;
        for (Value? phi = target.First; phi is { Op: Op.Phi }; phi = phi.Next, copy = copy!.Next)
            copy!.AddOperand(Mapped(map, phi[edge]));
    }

    private static void Close(Function f, Block latch, Block start)
    {
        var b = new Builder(f);
        b.SetEnd(latch);
        b.Br(start);
    }

    private static Value Mapped(Dictionary<Value, Value> map, Value v) => map.TryGetValue(v, out Value? mapped) ? mapped : v;

    /// <summary>The old loop is unreachable now; its edge out goes, so that the exit's phis hold copies only.</summary>
    private static void CompletePhis(Loop loop, Function f)
    {
        foreach (Block block in loop.Blocks) block.RemoveTerminator();
        foreach (Block block in loop.Blocks)
        {
            var b = new Builder(f);
            b.SetEnd(block);
            b.Ret();
        }
    }

    /// <summary>What is read after the loop is the value of the last round.</summary>
    private static void ReplaceOutside(Loop loop, Dictionary<Value, Value> last)
    {
        foreach (Block block in loop.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
            {
                if (!last.TryGetValue(v, out Value? copy)) continue;
                foreach (Value user in v.Users.ToArray())
                {
                    if (user.Block is null || loop.Blocks.Contains(user.Block)) continue;
                    for (int i = 0; i < user.Operands.Length; i++)
                        if (ReferenceEquals(user[i], v)) user.SetOperand(i, copy);
                }
            }
    }
}
