using SRKernels.Emulation.Isa;

namespace SRKernels.Emulation.Execution;

internal enum WarpState { Ready, Waiting, Done }

/// <summary>
/// 32 lanes in lockstep with their registers as rows of 32 values. Lanes that part at a branch run one after the other
/// and meet at its immediate post-dominator (a stack of program counter, meeting point and lanes).
/// </summary>
internal sealed partial class Warp
{
    internal const uint Full = uint.MaxValue;
    private readonly Program _program;
    private readonly ulong[] _rows;
    private readonly uint[] _initialised;
    private readonly uint[] _predicates;
    private readonly uint[] _predicatesInitialised;
    private readonly List<(int Pc, int Meet, uint Mask)> _stack = [];

    internal Warp(BlockState block, int index, uint lanes)
    {
        (Block, Index, Lanes) = (block, index, lanes);
        _program = block.Launch.Program;
        _rows = new ulong[_program.RowCount * 32];
        _initialised = new uint[_program.RowCount];
        _predicates = new uint[_program.PredicateCount];
        _predicatesInitialised = new uint[_program.PredicateCount];
        foreach (var (row, value) in _program.Constants) Row(row).Fill(value);
        _localEnd = _program.Local.EndBytes;
        if (_program.Local.Ranges.Count > 0) (_local, _localState) = (new byte[_localEnd * 32], new byte[_localEnd * 32]);
    }

    internal BlockState Block { get; }
    internal int Index { get; }

    /// <summary>The lanes that hold threads of the block.</summary>
    internal uint Lanes { get; }

    /// <summary>The lanes that have not exited.</summary>
    internal uint Live { get; private set; }
    internal WarpState State { get; set; }

    /// <summary>What this warp knows of every warp's progress; its own entry counts its synchronisations.</summary>
    internal uint[] Clock { get; } = new uint[32];
    internal long Executed { get; private set; }

    /// <summary>The lanes that run now, whatever the guard of the current instruction says.</summary>
    internal uint Converged => _stack[^1].Mask;

    internal Span<ulong> Row(int row) => _rows.AsSpan(row * 32, 32);

    internal uint Predicate(Slot slot) => slot.Negated ? ~_predicates[slot.Index] : _predicates[slot.Index];

    internal void SetPredicate(int index, uint mask, uint value) =>
        _predicates[index] = (_predicates[index] & ~mask) | (value & mask);

    internal void Start()
    {
        Live = Lanes;
        State = WarpState.Ready;
        Array.Clear(_initialised);
        Array.Clear(_predicatesInitialised);
        Array.Clear(Clock);
        Clock[Index] = 1;
        _predicates[_program.TruePredicate] = Full;
        _predicates[_program.FalsePredicate] = 0;
        _stack.Clear();
        _stack.Add((0, _program.Code.Length, Lanes));
        _localState.AsSpan().Clear();
        foreach (var (row, name) in _program.Specials)
            for (var lane = 0; lane < 32; lane++)
                Row(row)[lane] = Block.Special(name, this, lane);
        StartAsync();
    }

    /// <summary>Runs until the warp waits, ends, or has had its turn.</summary>
    internal void Run(int turn)
    {
        var code = _program.Code;
        var launch = Block.Launch;
        var checkInitialised = launch.Options.CheckUninitialised;
        for (var step = 0; step < turn; step++)
        {
            var (pc, meet, mask) = _stack[^1];
            if (pc == meet || pc >= code.Length)
            {
                if (pc >= code.Length) Exit(mask);
                else _stack.RemoveAt(_stack.Count - 1);
                if (_stack.Count == 0)
                {
                    State = WarpState.Done;
                    return;
                }

                continue;
            }

            var ins = code[pc];
            var active = mask;
            if (ins.Guard >= 0)
            {
                var guard = _predicates[ins.Guard];
                active &= ins.GuardNegated ? ~guard : guard;
                if (checkInitialised && (_predicatesInitialised[ins.Guard] & mask) != mask) ReportUninitialised(ins);
            }

            Executed++;
            if (active != 0)
            {
                launch.WarpCounts[pc]++;
                launch.LaneCounts[pc] += System.Numerics.BitOperations.PopCount(active);
                if (checkInitialised) CheckInitialised(ins, active);
            }

            if (ins.Control != Control.None)
            {
                Steer(ins, active, mask);
                if (State != WarpState.Ready) return;
                continue;
            }

            _stack[^1] = (pc + 1, meet, mask);
            if (active != 0) ins.Run(this, ins, active);
        }
    }

    private void CheckInitialised(Ins ins, uint active)
    {
        foreach (var row in ins.Reads)
            if ((_initialised[row] & active) != active)
                ReportUninitialised(ins);
        foreach (var predicate in ins.ReadsPredicates)
            if ((_predicatesInitialised[predicate] & active) != active)
                ReportUninitialised(ins);
        foreach (var row in ins.Writes) _initialised[row] |= active;
        foreach (var predicate in ins.WritesPredicates) _predicatesInitialised[predicate] |= active;
    }

    private void ReportUninitialised(Ins ins)
    {
        var names = _program.Kernel.Registers
            .Where(r => r.Type == Syntax.PtxType.Pred
                ? (ins.ReadsPredicates.Contains(r.Index) || ins.Guard == r.Index) && (_predicatesInitialised[r.Index] & Live) != Live
                : ins.Reads.Contains(r.Index) && (_initialised[r.Index] & Live) != Live)
            .Select(r => r.Name);
        Report(FindingKind.UninitialisedRegister, ins, $"{Where(0)} (its warp) reads {string.Join(", ", names)} before any write");
    }

    private void Steer(Ins ins, uint active, uint mask)
    {
        var (pc, meet, _) = _stack[^1];
        switch (ins.Control)
        {
            case Control.Branch:
                Branch(ins, active, mask);
                break;
            case Control.Exit:
                _stack[^1] = (pc + 1, meet, mask);
                if (active != 0) ins.Run(this, ins, active);
                Exit(active);
                if (_stack.Count == 0) State = WarpState.Done;
                break;
            default:
                _stack[^1] = (pc + 1, meet, mask);
                if (active == 0) break;
                if (active != Live)
                {
                    Report(FindingKind.DivergentBarrier, ins, $"lanes {active:x8} of {Live:x8} of warp {Index} in block "
                        + $"{Block.Name} reached the barrier, the others did not");
                }

                ins.Run(this, ins, active);
                break;
        }
    }

    private void Branch(Ins ins, uint taken, uint mask)
    {
        var (pc, meet, _) = _stack[^1];
        var fall = mask & ~taken;
        if (taken != 0) ins.Run(this, ins, taken);
        if (ins.Table.Length > 0 && taken != 0)
        {
            BranchByIndex(ins, taken, fall);
            return;
        }

        if (fall == 0 || taken == 0)
        {
            _stack[^1] = (fall == 0 ? ins.Target : pc + 1, meet, mask);
            return;
        }

        // The whole set goes on at the meeting point once both parts have reached it.
        if (ins.Reconverge == meet) _stack.RemoveAt(_stack.Count - 1);
        else _stack[^1] = (ins.Reconverge, meet, mask);
        Push(pc + 1, ins.Reconverge, fall, meet);
        Push(ins.Target, ins.Reconverge, taken, meet);
    }

    // As a branch, with as many parts as the lanes have targets.
    private void BranchByIndex(Ins ins, uint taken, uint fall)
    {
        var (pc, meet, mask) = _stack[^1];
        var index = Row(ins.Slots[0].Index);
        var ways = new SortedDictionary<int, uint>();
        if (fall != 0) ways.Add(pc + 1, fall);
        for (var left = taken; left != 0; left &= left - 1)
        {
            var lane = System.Numerics.BitOperations.TrailingZeroCount(left);
            var at = (uint)index[lane];
            if (at >= ins.Table.Length)
            {
                Report(FindingKind.OutOfBounds, ins, $"{Where(lane)} branches by index {at} of {ins.Table.Length} targets");
                at = (uint)ins.Table.Length - 1;
            }

            ways[ins.Table[at]] = ways.GetValueOrDefault(ins.Table[at]) | (1u << lane);
        }

        if (ways.Count == 1)
        {
            _stack[^1] = (ways.Keys.First(), meet, mask);
            return;
        }

        if (ins.Source.Modifiers.Contains(".uni"))
            Report(FindingKind.DivergentInstruction, ins, $"warp {Index}: lanes {mask:x8} branch {ways.Count} ways");
        if (ins.Reconverge == meet) _stack.RemoveAt(_stack.Count - 1);
        else _stack[^1] = (ins.Reconverge, meet, mask);
        foreach (var (target, lanes) in ways.Reverse()) Push(target, ins.Reconverge, lanes, meet);
    }

    // Lanes that are at the meeting point already wait there, in the entry below, if there is one.
    private void Push(int pc, int reconverge, uint mask, int meet)
    {
        if (pc != reconverge || meet == reconverge) _stack.Add((pc, reconverge, mask));
    }

    private void Exit(uint lanes)
    {
        Live &= ~lanes;
        for (var i = _stack.Count - 1; i >= 0; i--)
        {
            var (pc, meet, mask) = _stack[i];
            if ((mask & ~lanes) == 0) _stack.RemoveAt(i);
            else _stack[i] = (pc, meet, mask & ~lanes);
        }
    }

    internal void Report(FindingKind kind, Ins ins, string message, FindingSeverity severity = FindingSeverity.Error) =>
        Block.Launch.Report(kind, ins, message, severity);

    /// <summary>For messages: thread and block.</summary>
    internal string Where(int lane) => $"thread {(Index * 32) + lane} of block {Block.Name}";
}
