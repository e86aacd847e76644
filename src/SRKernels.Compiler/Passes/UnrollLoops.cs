using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Writes out loops whose number of rounds is known, so that indices into register tiles become constants.
/// <code>for (i = 0; i &lt; 4; i++) a[i] = x   ->   a[0] = x; a[1] = x; a[2] = x; a[3] = x</code>
/// Legal: the loop leaves at one place only, and what is tested there depends on constants alone, so evaluating it round by round says how
/// often the body runs. Never where a barrier or inline PTX (which may hold labels) stands in the loop.
/// </summary>
/// <remarks>
/// Loops that touch local arrays may grow far: in registers they shrink again, and a register tile that stays in memory costs more than any
/// code. Others (a tile that is in registers already) stop where the instruction cache would suffer.
/// </remarks>
/// <param name="mostWithLocals">How many instructions a loop that touches local arrays may become.</param>
internal sealed class UnrollLoops(int mostWithLocals = 16384) : IPass
{
    private const int MostRounds = 256;
    private const int MostRoundsWithout = 32;
    private const int MostWithout = 4096;

    private Function _function = null!;
    private Block[] _body = []; // the loop in reverse postorder: definitions before uses, but for phis
    private Block?[] _copyOf = []; // by block id
    private Value?[] _map = []; // by value id

    /// <inheritdoc/>
    public bool Run(Function f)
    {
        _function = f;
        bool any = LoopPreheaders.Make(f);
        for (bool changed = true; changed;)
        {
            changed = false;
            var dominators = new Dominators(f);
            var loops = new LoopForest(f, dominators);
            foreach (Loop loop in loops.Loops)
            {
                // Only innermost loops, and these share no block: all of them in one round.
                if (!loop.IsInnermost || !CanUnroll(loop, out Block exiting, out int rounds)) continue;
                Unroll(loop, dominators, exiting, rounds);
                changed = any = true;
            }

            if (!changed) break;
            f.RemoveUnreachableBlocks();
            new FoldConstants().Run(f);
            new SimplifyControlFlow().Run(f);
            new PromoteLocals().Run(f); // what is in registers now is not copied as loads and stores by the loop around
            LoopPreheaders.Make(f);
        }

        return any;
    }

    private bool CanUnroll(Loop loop, out Block exiting, out int rounds)
    {
        exiting = loop.Header;
        rounds = 0;
        if (loop.Latches.Count != 1 || loop.Exits.Count != 1 || loop.Header.Preds.Count != 2) return false;
        _copyOf = new Block?[_function.BlockIdCount]; // marks the loop's blocks until they have copies
        foreach (Block block in loop.Blocks) _copyOf[block.Id] = block;
        Block? found = null;
        int instructions = 0;
        bool touchesLocals = false;
        foreach (Block block in loop.Blocks)
        {
            foreach (Block next in block.Successors)
            {
                if (_copyOf[next.Id] is not null) continue;
                if (found is not null) return false;
                found = block;
            }

            for (Value? v = block.First; v is not null; v = v.Next)
            {
                if (v.Op is (>= Op.Barrier and <= Op.WarpBarrier) or Op.Asm) return false;
                touchesLocals |= v.Op is Op.Load or Op.Store && v[0].Type.Space == Space.Local;
                instructions++;
            }
        }

        Block latch = loop.Latches[0];
        if (found?.Terminator is not { Op: Op.CondBr } || (found != loop.Header && found != latch)) return false;
        if (found != latch && latch.Terminator!.Op != Op.Br) return false; // a way round that misses the header
        exiting = found;
        int most = (touchesLocals ? mostWithLocals : Math.Min(MostWithout, mostWithLocals)) / instructions;
        rounds = new RoundCounter(loop).Count(exiting, _copyOf[found.Terminator.Targets[0].Id] is not null, Math.Min(most, touchesLocals ? MostRounds : MostRoundsWithout + 1));
        return rounds > 0;
    }

    /// <summary>
    /// Copies the body once a round. The header's phis read the round before; the test is known, so the exiting block just goes on, or out.
    /// </summary>
    private void Unroll(Loop loop, Dominators dominators, Block exiting, int rounds)
    {
        Block header = loop.Header;
        Block latch = loop.Latches[0];
        Block exit = loop.Exits[0];
        int latchEdge = header.IndexOfPred(latch);
        Block entry = header.Preds[1 - latchEdge];
        bool staysFirst = _copyOf[exiting.Terminator!.Targets[0].Id] is not null;
        Block stays = exiting.Terminator.Targets[staysFirst ? 0 : 1];
        _body = [.. loop.Blocks];
        Array.Sort(_body, (a, b) => dominators.OrderOf(a).CompareTo(dominators.OrderOf(b)));
        _map = new Value?[_function.ValueCount];
        var phis = new List<(Value Phi, Value Next)>(); // read now: redirecting the entry edge drops operands
        for (Value? phi = header.First; phi is { Op: Op.Phi }; phi = phi.Next)
        {
            phis.Add((phi, phi[latchEdge]));
            _map[phi.Id] = phi[1 - latchEdge];
        }

        var values = new Value[phis.Count];
        Block? openLatch = null;
        var b = new Builder(_function);
        for (int round = 0; round < rounds; round++)
        {
            if (round > 0)
            {
                // All phis read before any is written.
                for (int i = 0; i < values.Length; i++) values[i] = Mapped(phis[i].Next);
                for (int i = 0; i < values.Length; i++) _map[phis[i].Phi.Id] = values[i];
            }

            foreach (Block block in _body) _copyOf[block.Id] = _function.AddBlock();
            foreach (Block block in _body) CopyBlock(block, header);
            foreach (Block block in _body)
            {
                if (block != exiting)
                {
                    CopyTerminator(b, block, header);
                    continue;
                }

                b.SetEnd(_copyOf[block.Id]!);
                b.Position = exiting.Terminator.Position;
                if (round == rounds - 1)
                {
                    b.Br(exit);
                    int edge = exit.IndexOfPred(exiting);
                    for (Value? phi = exit.First; phi is { Op: Op.Phi }; phi = phi.Next) phi.AddOperand(Mapped(phi[edge]));
                }
                else if (stays != header)
                {
                    b.Br(_copyOf[stays.Id]!);
                    CopyPhiOperands(block, stays);
                }
            }

            Block start = _copyOf[header.Id]!;
            if (openLatch is null)
            {
                entry.ReplaceSuccessor(header, start);
            }
            else
            {
                b.SetEnd(openLatch);
                b.Br(start);
            }

            openLatch = _copyOf[latch.Id];
        }

        // Where the header leaves, the last copy of the latch is not reached; it gets an end so that it can be deleted.
        if (openLatch!.Terminator is null) End(b, openLatch);
        foreach (Block block in loop.Blocks) block.RemoveTerminator();
        foreach (Block block in loop.Blocks) End(b, block);
        ReplaceOutside();
    }

    private static void End(Builder b, Block block)
    {
        b.SetEnd(block);
        b.Ret();
    }

    private void CopyBlock(Block block, Block header)
    {
        Block to = _copyOf[block.Id]!;
        for (Value? v = block.First; v is not null; v = v.Next)
        {
            if (v.IsTerminator || (v.Op == Op.Phi && block == header)) continue;
            var operands = new Value[v.Op == Op.Phi ? 0 : v.Operands.Length];
            for (int i = 0; i < operands.Length; i++) operands[i] = Mapped(v[i]);
            if (Known(v, operands) is { } constant)
            {
                _map[v.Id] = constant; // counters and the test itself: most of a small loop
                continue;
            }

            Value copy = _function.Create(v.Op, v.Type, operands);
            copy.Imm = v.Imm;
            copy.Offset = v.Offset;
            copy.Fast = v.Fast;
            copy.Volatile = v.Volatile;
            copy.Position = v.Position;
            to.Append(copy);
            _map[v.Id] = copy;
        }
    }

    private Value? Known(Value v, Value[] operands)
    {
        if (operands.Length == 0 || !v.Type.IsAnyInt || !ScalarSemantics.Covers(v.Op)) return null;
        foreach (Value operand in operands)
            if (!operand.IsConst || operand.Type.IsPointer) return null;
        ulong b = operands.Length > 1 ? (ulong)operands[1].Imm : 0;
        ulong c = operands.Length > 2 ? (ulong)operands[2].Imm : 0;
        return ScalarSemantics.TryEvaluate(v, (ulong)operands[0].Imm, b, c, out ulong bits, out _) ? _function.Const(v.Type, (long)bits) : null;
    }

    /// <summary>Edges inside the copy; the one to the header stays open. Phi operands follow the order in which edges are made.</summary>
    private void CopyTerminator(Builder b, Block block, Block header)
    {
        Value last = block.Terminator!;
        if (last.Targets[0] == header) return;
        b.SetEnd(_copyOf[block.Id]!);
        b.Position = last.Position;
        if (last.Op == Op.Br) b.Br(_copyOf[last.Targets[0].Id]!);
        else b.CondBr(Mapped(last[0]), _copyOf[last.Targets[0].Id]!, _copyOf[last.Targets[1].Id]!);
        foreach (Block target in last.Targets) CopyPhiOperands(block, target);
    }

    private void CopyPhiOperands(Block from, Block target)
    {
        int edge = target.IndexOfPred(from);
        Value? copy = _copyOf[target.Id]!.First;
        for (Value? phi = target.First; phi is { Op: Op.Phi }; phi = phi.Next, copy = copy!.Next) copy!.AddOperand(Mapped(phi[edge]));
    }

    private Value Mapped(Value v) => v.Id < _map.Length && _map[v.Id] is { } mapped ? mapped : v;

    /// <summary>What is read after the loop is the value of the last round.</summary>
    private void ReplaceOutside()
    {
        foreach (Block block in _body)
            for (Value? v = block.First; v is not null; v = v.Next)
            {
                if (v.Users.Length == 0 || _map[v.Id] is not { } copy) continue;
                foreach (Value user in v.Users.ToArray())
                {
                    if (user.Block is null || Array.IndexOf(_body, user.Block) >= 0) continue;
                    for (int i = 0; i < user.Operands.Length; i++)
                        if (ReferenceEquals(user[i], v)) user.SetOperand(i, copy);
                }
            }
    }
}
