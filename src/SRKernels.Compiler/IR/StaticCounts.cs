namespace SRKernels.Compiler.IR;

/// <summary>Accesses of one memory space; a vector access counts as one.</summary>
internal readonly record struct AccessCounts(int Loads, int LoadBytes, int Stores, int StoreBytes)
{
    internal AccessCounts Load(int bytes) => this with { Loads = Loads + 1, LoadBytes = LoadBytes + bytes };

    internal AccessCounts Store(int bytes) => this with { Stores = Stores + 1, StoreBytes = StoreBytes + bytes };
}

/// <summary>
/// What one thread's code holds, counted without running it: every instruction once, so neither branches nor how often a loop runs
/// are weighed. A fused multiply-add is two operations, an elementary function one, a tensor-core product its share of the warp's.
/// </summary>
internal sealed class StaticCounts
{
    internal AccessCounts Global { get; private set; }

    internal AccessCounts Shared { get; private set; }

    internal AccessCounts Local { get; private set; }

    internal int Atomics { get; private set; }

    internal int Flops { get; private set; }

    /// <summary>Whether a loop is left whose body counts once whatever its trips.</summary>
    internal bool HasLoops { get; private set; }

    /// <summary>Bytes of the static shared memory, each array at its alignment.</summary>
    internal int SharedBytes { get; private set; }

    internal static StaticCounts Of(Function f)
    {
        var counts = new StaticCounts { HasLoops = new LoopForest(f, new Dominators(f)).Loops.Count > 0 };
        foreach (Allocation allocation in f.Allocations)
        {
            if (allocation.Space != Space.Shared) continue;
            int align = Math.Max(allocation.Align, 4);
            counts.SharedBytes = (counts.SharedBytes + align - 1) / align * align + allocation.Bytes;
        }

        foreach (Block block in f.Blocks)
            for (Value? value = block.First; value is not null; value = value.Next)
                counts.Add(value);
        return counts;
    }

    private void Add(Value value)
    {
        Flops += FlopsOf(value);
        switch (value.Op)
        {
            case Op.Load or Op.LdMatrix:
                Access(value[0], a => a.Load(value.Type.Bytes));
                break;
            case Op.Store:
                int bytes = 0;
                foreach (Value stored in value.Operands[1..]) bytes += stored.Type.Bytes;
                Access(value[0], a => a.Store(bytes));
                break;
            case Op.CpAsync:
                Access(value[1], a => a.Load((int)value.Imm));
                Access(value[0], a => a.Store((int)value.Imm));
                break;
            case >= Op.AtomicAdd and <= Op.AtomicCas:
                Atomics++;
                break;
        }
    }

    private void Access(Value address, Func<AccessCounts, AccessCounts> count)
    {
        switch (address.Type.Space)
        {
            case Space.Shared:
                Shared = count(Shared);
                break;
            case Space.Local:
                Local = count(Local);
                break;
            default:
                Global = count(Global);
                break;
        }
    }

    private static int FlopsOf(Value value) => value.Op switch
    {
        Op.FAdd or Op.FSub or Op.FMul or Op.FDiv or Op.FRem or Op.AtomicFAdd or (>= Op.Sqrt and <= Op.Tanh) => 1,
        Op.Fma => 2,
        // 2 m n k operations of 32 lanes.
        Op.Mma => (MmaShape)value.Imm is MmaShape.M16N8K16F16 or MmaShape.M16N8K16BF16 ? 2 * 16 * 8 * 16 / 32 : 2 * 16 * 8 * 8 / 32,
        _ => 0,
    };
}
