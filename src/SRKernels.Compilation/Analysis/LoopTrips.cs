using SRKernels.Compiler.IR;

namespace SRKernels.Compilation.Analysis;

/// <summary>
/// How often a warp executes each machine instruction, from how often it goes through each block of the IR. The assembler keeps memory accesses, products, shuffles and
/// barriers one for one, so loops of both sides are paired in their order and nesting, and a body with k times the marks of its IR loop is that loop unrolled by k.
/// </summary>
internal sealed class LoopTrips
{
    private readonly Function _function;
    private readonly LoopForest _forest;
    private readonly SassKernel _code;
    private readonly double[] _loopRuns;
    private readonly double[] _shares;

    private LoopTrips(Function function, SassKernel code, IReadOnlyList<long> blockRuns)
    {
        _function = function;
        _code = code;
        var dominators = new Dominators(function);
        _forest = new LoopForest(function, dominators);
        _loopRuns = new double[code.Loops.Count];
        _shares = new double[code.Loops.Count];
        Array.Fill(_shares, 1);
        var roots = _forest.Loops.OrderBy(l => dominators.OrderOf(l.Header)).ToList();
        IsPaired = Pair(null, null, roots, blockRuns);
        if (!IsPaired) Scale(blockRuns);
        OnceShare = Share(function.Blocks.FindAll(b => _forest.Of(b) is null), 1, blockRuns);
    }

    /// <summary>Whether loops were paired; if not, all loops were given the one trip count with which their marks add up.</summary>
    public bool IsPaired { get; }

    /// <summary>Bodies executed, by index in <see cref="SassKernel.Loops"/>.</summary>
    public IReadOnlyList<double> Loops => _loopRuns;

    /// <summary>By index of the loop: how much of its own code a pass goes through, the rest being branches not taken; 1: all.</summary>
    public IReadOnlyList<double> Shares => _shares;

    /// <summary>The same of the code that is in no loop.</summary>
    public double OnceShare { get; }

    /// <summary>The trips of a launch.</summary>
    public static LoopTrips Of(Function function, SassKernel code, IReadOnlyList<long> blockRuns) => new(function, code, blockRuns);

    private bool Pair(Loop? irParent, SassLoop? parent, List<Loop> all, IReadOnlyList<long> runs)
    {
        var ir = all.FindAll(l => ReferenceEquals(l.Parent, irParent));
        var code = _code.Loops.Where(l => ReferenceEquals(l.Parent, parent)).ToList();
        var at = 0;
        for (var i = 0; i < ir.Count; i++)
        {
            long marks = ir[i].Blocks.Sum(Marks);
            if (at == code.Count)
            {
                // Written out by the assembler: part of what is around it.
                continue;
            }

            var unrolled = Unrolled(marks, code[at]);
            if (unrolled == 0)
            {
                if (ir.Count - i > code.Count - at) continue;
                return false;
            }

            var trips = ir[i].Latches.Sum(l => (double)runs[l.Id]);
            _loopRuns[IndexOf(code[at])] = trips / unrolled;
            var loop = ir[i];
            _shares[IndexOf(code[at])] = Share(loop.Blocks.FindAll(b => ReferenceEquals(_forest.Of(b), loop)), trips, runs);
            if (unrolled == 1)
            {
                if (!Pair(ir[i], code[at], all, runs)) return false;
            }
            else if (!ir[i].IsInnermost)
            {
                return false;
            }

            at++;
            // What is left over of an unrolled loop runs in loops of fewer copies behind it, whose trips the first one has been given.
            while (code.Count - at > ir.Count - i - 1 && Unrolled(marks, code[at]) is var rest && rest > 0 && rest < unrolled) at++;
        }

        return at == code.Count;
    }

    /// <summary>Instructions that were gone through over all that stand there, for each pass.</summary>
    private static double Share(List<Block> blocks, double passes, IReadOnlyList<long> runs)
    {
        double done = 0, all = 0;
        foreach (var block in blocks)
        {
            double instructions = 0;
            for (var v = block.FirstNonPhi; v is not null; v = v.Next)
                if (v.Op is not (Op.Extract or Op.AssumeAligned or Op.Br)) instructions++;
            done += instructions * runs[block.Id];
            all += instructions * passes;
        }

        return all == 0 ? 1 : Math.Min(1, done / all);
    }

    private int Unrolled(long marks, SassLoop loop)
    {
        var got = MarksOf(loop.First, loop.Last);
        return marks == 0 ? (got == 0 ? 1 : 0) : got > 0 && got % marks == 0 ? (int)(got / marks) : 0;
    }

    private void Scale(IReadOnlyList<long> runs)
    {
        double inLoops = 0, wanted = 0;
        foreach (var loop in _code.Loops)
            if (loop.Parent is null) inLoops += MarksOf(loop.First, loop.Last);
        foreach (var block in _function.Blocks) wanted += Marks(block) * (double)runs[block.Id];
        var outside = MarksOf(0, _code.Instructions.Count - 1) - inLoops;
        var trips = inLoops == 0 ? runs.Max() : Math.Max(0, (wanted - outside) / inLoops);
        Array.Fill(_loopRuns, trips);
    }

    private int IndexOf(SassLoop loop)
    {
        for (var i = 0; i < _code.Loops.Count; i++)
            if (ReferenceEquals(_code.Loops[i], loop)) return i;
        return -1;
    }

    private long MarksOf(int first, int last)
    {
        long marks = 0;
        for (var i = first; i <= last; i++)
            if (_code.Instructions[i].Class is InstructionClass.Tensor or InstructionClass.Shared or InstructionClass.Global || Opcodes.Stem(_code.Instructions[i].Opcode) is "BAR" or "SHFL") marks++;
        return marks;
    }

    private static long Marks(Block block)
    {
        long marks = 0;
        for (var v = block.First; v is not null; v = v.Next)
            if (v.Op is Op.Mma or Op.LdMatrix or Op.CpAsync or Op.Barrier or (>= Op.Shuffle and <= Op.ShuffleXor) or (>= Op.AtomicAdd and <= Op.AtomicCas)
                || (v.Op is Op.Load or Op.Store && v[0].Type.Space != Space.Local)) marks++;
        return marks;
    }
}
