using SRKernels.Compiler.Interpretation;
using SRKernels.Compiler.IR;
using SRKernels.Runtime;

namespace SRKernels.Compilation.Analysis;

/// <summary>An argument of a launch for the model.</summary>
/// <param name="Memory">Which memory a view lies in; null: a number.</param>
/// <param name="Bits">The number's bits, or the view's offset in its memory in bytes.</param>
/// <param name="Length">Elements of the view.</param>
/// <param name="Bytes">Bytes of the view.</param>
internal readonly record struct ModelArgument(object? Memory, long Bits, long Length, long Bytes);

/// <summary>A kernel with its IR, its machine code and what the assembler says of it, for one GPU.</summary>
/// <param name="function">Optimised IR.</param>
/// <param name="code">Machine code.</param>
/// <param name="resources">Registers and memory.</param>
/// <param name="gpu">Where it would run.</param>
internal sealed class AnalysedKernel(Function function, SassKernel code, KernelResources resources, PublishedGpu gpu)
{
    private const int WarpSize = 32;
    private readonly WarpTracer _tracer = new(function);
    private readonly WarpPipeline _pipeline = new(gpu);
    private readonly Dictionary<string, GroupWork> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<SassLoop, IReadOnlyList<SassInstruction>> _own = new(ReferenceEqualityComparer.Instance);
    private IReadOnlyList<SassInstruction>? _ownOnce;
    private double[]? _loopCycles;
    private long _onceCycles;

    /// <summary>Entry point.</summary>
    public string Name => code.Name;

    /// <summary>Registers and memory.</summary>
    public KernelResources Resources => resources;

    /// <summary>Machine code.</summary>
    public SassKernel Code => code;

    /// <summary>Which pointer parameters (by index among the parameters) are stored through.</summary>
    public IReadOnlySet<int> Written { get; } = Parameters(function, v => v.Op is Op.Store or (>= Op.AtomicAdd and <= Op.AtomicCas) ? v[0] : null);

    /// <summary>Which are loaded through.</summary>
    public IReadOnlySet<int> Read { get; } = Parameters(function, v => v.Op == Op.Load ? v[0] : v.Op == Op.CpAsync ? v[1] : null);

    /// <summary>Groups that a multiprocessor holds.</summary>
    public Occupancy OccupancyOf(in LaunchShape shape) =>
        Occupancy.Of(gpu.Limits, (int)shape.Group.Count, resources.Registers, resources.SharedBytes + shape.DynamicSharedBytes);

    /// <summary>The work of the group in the middle of the grid; three of its warps are followed.</summary>
    public GroupWork Work(in LaunchShape shape, IReadOnlyList<ModelArgument> arguments)
    {
        var values = Bits(arguments);
        var key = $"{shape} {string.Join(' ', values)}";
        if (_known.TryGetValue(key, out var known)) return known;
        var warps = (int)((shape.Group.Count + WarpSize - 1) / WarpSize);
        var resident = Math.Max(1, OccupancyOf(shape).Groups);
        var limits = gpu.Limits;
        var shared = resources.SharedBytes + shape.DynamicSharedBytes + limits.SharedReserved;
        var cache = Math.Max(0, limits.CacheBytes - (resident * shared)) / (resident * warps);
        int[] followed = [.. new[] { 0, warps / 2, warps - 1 }.Distinct()];
        var (grid, group) = (shape.Grid, shape.Group);
        List<GroupWork> each = [];
        foreach (var warp in followed)
        {
            var trace = _tracer.Follow(
                (grid.X, grid.Y, grid.Z), (group.X, group.Y, group.Z), (grid.X / 2, grid.Y / 2, grid.Z / 2), warp, shape.DynamicSharedBytes, values, cache);
            each.Add(OfWarp(trace, warps));
        }

        var work = new GroupWork(
            warps, each.Average(w => w.TensorMultiplyAdds), each.Average(w => w.IssueCycles), each.Max(w => w.PathCycles), warps * each.Average(w => w.SharedCycles),
            warps * each.Average(w => w.SharedConflicts), warps * each.Average(w => w.LoadedBytes), warps * each.Average(w => w.StoredBytes), each.TrueForAll(w => w.IsPaired));
        _known.Add(key, work);
        return work;
    }

    /// <summary>Cycles of each loop's own instructions for one warp alone, in the order of <see cref="SassKernel.Loops"/>.</summary>
    public IReadOnlyList<double> LoopCycles
    {
        get
        {
            if (_loopCycles is not null) return _loopCycles;
            _onceCycles = _pipeline.Once(Own(null));
            return _loopCycles = [.. code.Loops.Select(l => _pipeline.Steady(Own(l)))];
        }
    }

    /// <summary>The instructions of a loop that are in no inner one; null: those in no loop.</summary>
    public IReadOnlyList<SassInstruction> Own(SassLoop? loop)
    {
        if (loop is null) return _ownOnce ??= Collect(null);
        if (!_own.TryGetValue(loop, out var own)) _own.Add(loop, own = Collect(loop));
        return own;
    }

    private List<SassInstruction> Collect(SassLoop? loop)
    {
        List<SassInstruction> own = [];
        for (var i = loop?.First ?? 0; i <= (loop?.Last ?? code.Instructions.Count - 1); i++)
            if (ReferenceEquals(InnermostAt(i), loop)) own.Add(code.Instructions[i]);
        return own;
    }

    private SassLoop? InnermostAt(int instruction) => code.Loops.LastOrDefault(l => l.Contains(instruction));

    private GroupWork OfWarp(WarpTrace trace, int warps)
    {
        var trips = LoopTrips.Of(function, code, trace.BlockRuns);
        var cycles = LoopCycles;
        var path = Taken(_onceCycles, null, trips.OnceShare);
        var issue = IssueLoad.Of(Own(null), gpu.Limits) * trips.OnceShare;
        for (var i = 0; i < code.Loops.Count; i++)
        {
            path += trips.Loops[i] * Taken(cycles[i], code.Loops[i], trips.Shares[i]);
            issue += IssueLoad.Of(Own(code.Loops[i]), gpu.Limits) * (trips.Loops[i] * trips.Shares[i]);
        }

        double products = 0;
        foreach (var block in function.Blocks)
            for (var v = block.First; v is not null; v = v.Next)
                if (v.Op == Op.Mma) products += trace.BlockRuns[block.Id] * MultiplyAdds((MmaShape)v.Imm);
        return new GroupWork(
            warps, products, issue.Cycles, path, trace.SharedWavefronts + trace.CacheWavefronts, trace.SharedConflicts, 32.0 * trace.LoadedSectors, 32.0 * trace.StoredSectors, trips.IsPaired);
    }

    /// <summary>Cycles without the stall counts of branches not taken; what is waited for stays.</summary>
    private double Taken(double cycles, SassLoop? loop, double share) => cycles - ((1 - share) * Own(loop).Sum(i => Math.Max(1, i.Control.Stall)));

    /// <summary>In units of bf16 ones: a tf32 product runs at half the rate.</summary>
    private static double MultiplyAdds(MmaShape shape) => shape is MmaShape.M16N8K8F16 or MmaShape.M16N8K8BF16 ? 16 * 8 * 8 : 16 * 8 * 16;

    private static ulong[] Bits(IReadOnlyList<ModelArgument> arguments)
    {
        // Buffers lie apart, however the program places them.
        var memories = new Dictionary<object, ulong>(ReferenceEqualityComparer.Instance);
        List<ulong> bits = [];
        foreach (var argument in arguments)
        {
            if (argument.Memory is null)
            {
                bits.Add((ulong)argument.Bits);
                continue;
            }

            if (!memories.TryGetValue(argument.Memory, out var start)) memories.Add(argument.Memory, start = (ulong)(memories.Count + 1) << 40);
            bits.Add(start + (ulong)argument.Bits);
            bits.Add((ulong)argument.Length);
        }

        return [.. bits];
    }

    /// <summary>The pointer parameters from which the addresses of some accesses come.</summary>
    private static HashSet<int> Parameters(Function f, Func<Value, Value?> address)
    {
        var found = new HashSet<int>();
        var seen = new HashSet<Value>();
        var work = new Stack<Value>();
        foreach (var block in f.Blocks)
            for (var v = block.First; v is not null; v = v.Next)
                if (address(v) is { } at && at.Type.Space == Space.Global) work.Push(at);
        while (work.TryPop(out var value))
        {
            if (!seen.Add(value)) continue;
            if (value.Op == Op.Param) found.Add((int)value.Imm);
            if (value.Op is not (Op.Addr or Op.AssumeAligned or Op.Phi or Op.Select)) continue;
            foreach (var operand in value.Operands)
                if (operand.Type.IsPointer) work.Push(operand);
        }

        return found;
    }
}
