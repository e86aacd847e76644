using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Interpretation;

/// <summary>What one warp does that its control flow and addresses tell: how often each block runs, and what its accesses cost the memory pipes.</summary>
/// <param name="BlockRuns">By block id: how often the warp goes through it, with however many lanes.</param>
/// <param name="SharedWavefronts">Passes over the 32 banks of shared memory; an access without conflicts takes one for each 128 bytes.</param>
/// <param name="SharedConflicts">Those of them that bank conflicts cost.</param>
/// <param name="CacheWavefronts">128-byte lines that global loads and stores touch in the first-level cache; copies of 16 bytes into shared memory go past it.</param>
/// <param name="LoadedSectors">32-byte sectors that come from the second-level cache.</param>
/// <param name="FirstLevelSectors">Sectors that the first-level cache had.</param>
/// <param name="StoredSectors">Sectors written.</param>
internal sealed record WarpTrace(
    IReadOnlyList<long> BlockRuns, long SharedWavefronts, long SharedConflicts, long CacheWavefronts, long LoadedSectors, long FirstLevelSectors, long StoredSectors);

/// <summary>
/// Follows one warp through a kernel with the real launch shape and numbers but without data: only values that branches and addresses depend on are computed, and
/// what is read from memory counts as 0. So a launch that would take minutes to interpret is followed in milliseconds; a kernel whose control flow depends on data is
/// followed along one path only.
/// </summary>
/// <remarks>
/// Lanes that part are run one side after the other, inner loops first, and meet again at the next block they share. Source of what an access costs: NVIDIA, CUDA C++
/// Best Practices Guide, "Coalesced Access to Global Memory" (32-byte sectors) and "Shared Memory and Memory Banks".
/// </remarks>
internal sealed class WarpTracer
{
    private const int WarpSize = 32;
    private const long StepLimit = 50_000_000;

    private readonly Function _function;
    private readonly Dominators _dominators;
    private readonly LoopForest _loops;
    private readonly bool[] _needed;
    private readonly int[] _slot;
    private readonly ulong[] _registers;
    private ulong[] _phis = new ulong[16 * WarpSize];
    private readonly ulong[] _allocations;
    private readonly List<(Block Block, uint Lanes)> _pending = [];
    private readonly ulong[] _addresses = new ulong[WarpSize];
    private readonly Dictionary<ulong, long> _firstLevel = [];
    private readonly long[] _runs;
    private readonly int[] _reads = new int[WarpSize];
    private Extents _at;
    private long _cacheSectors;
    private long _misses;
    private long _sharedWavefronts;
    private long _sharedConflicts;
    private long _cacheWavefronts;
    private long _hits;
    private long _stores;

    internal WarpTracer(Function function)
    {
        _function = function;
        _dominators = new Dominators(function);
        _loops = new LoopForest(function, _dominators);
        _needed = Needed(function);
        _slot = new int[function.ValueCount];
        var slots = 0;
        foreach (Value parameter in function.Parameters) _slot[parameter.Id] = slots++;
        foreach (Block block in function.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                if (_needed[v.Id]) _slot[v.Id] = slots++;
        _registers = new ulong[slots * WarpSize];
        _runs = new long[function.BlockIdCount];
        _allocations = new ulong[function.Allocations.Count];
        ulong shared = 0;
        for (var i = 0; i < _allocations.Length; i++)
        {
            Allocation allocation = function.Allocations[i];
            if (allocation.Space != Space.Shared) continue;
            var align = (ulong)Math.Max(allocation.Align, 4);
            _allocations[i] = (shared + align - 1) / align * align;
            shared = _allocations[i] + (ulong)allocation.Bytes;
        }

        StaticSharedBytes = (shared + 15) & ~15UL;
    }

    private ulong StaticSharedBytes { get; }

    /// <summary>Follows one warp.</summary>
    /// <param name="grid">Groups in x, y, z.</param>
    /// <param name="group">Threads in x, y, z.</param>
    /// <param name="index">Which group.</param>
    /// <param name="warp">Which warp of it.</param>
    /// <param name="dynamicSharedBytes">Dynamic shared memory.</param>
    /// <param name="arguments">Bits of the IR parameters, in order; buffers must not overlap.</param>
    /// <param name="cacheBytes">The warp's share of the first-level cache.</param>
    internal WarpTrace Follow(
        (int X, int Y, int Z) grid, (int X, int Y, int Z) group, (int X, int Y, int Z) index, int warp, int dynamicSharedBytes, ReadOnlySpan<ulong> arguments, long cacheBytes)
    {
        if (arguments.Length != _function.Parameters.Count)
            throw new ArgumentException($"WarpTracer: expected {_function.Parameters.Count} arguments for {_function.Info.Name}, got {arguments.Length}", nameof(arguments));
        Reset();
        _at = new Extents(grid, group, index, warp, dynamicSharedBytes);
        _cacheSectors = cacheBytes / 32;
        for (var i = 0; i < arguments.Length; i++) _registers.AsSpan(i * WarpSize, WarpSize).Fill(arguments[i]);
        var threads = group.X * group.Y * group.Z;
        var lanes = Math.Clamp(threads - (warp * WarpSize), 0, WarpSize);
        _pending.Add((_function.Entry, lanes == WarpSize ? uint.MaxValue : (1u << lanes) - 1));
        for (long steps = 0; _pending.Count > 0; steps++)
        {
            if (steps > StepLimit) throw new InterpretationException(_function.Info.Name, $"Kernel {_function.Info.Name}: more than {StepLimit:N0} blocks: an endless loop?");
            (Block block, uint active) = TakeNext();
            Run(block, active);
        }

        return new WarpTrace([.. _runs], _sharedWavefronts, _sharedConflicts, _cacheWavefronts, _misses, _hits, _stores);
    }

    private void Reset()
    {
        _pending.Clear();
        _firstLevel.Clear();
        Array.Clear(_runs);
        _sharedWavefronts = _sharedConflicts = _cacheWavefronts = _misses = _hits = _stores = 0;
    }

    /// <summary>Values that branches and addresses depend on.</summary>
    private static bool[] Needed(Function f)
    {
        var needed = new bool[f.ValueCount];
        var work = new Stack<Value>();
        void Want(Value v)
        {
            if (needed[v.Id]) return;
            needed[v.Id] = true;
            work.Push(v);
        }

        foreach (Block block in f.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                switch (v.Op)
                {
                    case Op.CondBr or Op.Load or Op.Store or Op.LdMatrix:
                        Want(v[0]);
                        break;
                    case Op.CpAsync:
                        foreach (Value operand in v.Operands) Want(operand);
                        break;
                }

        while (work.TryPop(out Value? value))
        {
            if (!IsFollowed(value.Op)) continue;
            foreach (Value operand in value.Operands) Want(operand);
        }

        return needed;
    }

    /// <summary>Whether a value is computed from its operands; the others (what memory and other lanes give) count as 0.</summary>
    private static bool IsFollowed(Op op) => op is Op.Phi or Op.Addr or Op.AssumeAligned || ScalarSemantics.Covers(op);

    private (Block Block, uint Lanes) TakeNext()
    {
        var best = 0;
        for (var i = 1; i < _pending.Count; i++)
        {
            (int depth, int bestDepth) = (DepthOf(_pending[i].Block), DepthOf(_pending[best].Block));
            if (depth > bestDepth || (depth == bestDepth && _dominators.OrderOf(_pending[i].Block) < _dominators.OrderOf(_pending[best].Block))) best = i;
        }

        var next = _pending[best];
        _pending.RemoveAt(best);
        return next;
    }

    private int DepthOf(Block block) => _loops.Of(block)?.Depth ?? 0;

    private void Run(Block block, uint active)
    {
        _runs[block.Id]++;
        for (Value? v = block.FirstNonPhi; v is not null; v = v.Next)
        {
            switch (v.Op)
            {
                case Op.Br:
                    Go(block, v.Targets[0], active);
                    continue;
                case Op.CondBr:
                    uint taken = 0;
                    for (var lane = 0; lane < WarpSize; lane++)
                        if ((active >> lane & 1) != 0 && Read(v[0], lane) != 0) taken |= 1u << lane;
                    if (taken != 0) Go(block, v.Targets[0], taken);
                    if (taken != active) Go(block, v.Targets[1], active & ~taken);
                    continue;
                case Op.Load or Op.Store or Op.CpAsync or Op.LdMatrix:
                    Access(v, active);
                    break;
            }

            if (!_needed[v.Id]) continue;
            for (var lane = 0; lane < WarpSize; lane++)
                if ((active >> lane & 1) != 0) _registers[(_slot[v.Id] * WarpSize) + lane] = Evaluate(v, lane);
        }
    }

    private void Go(Block from, Block to, uint lanes)
    {
        var count = 0;
        var edge = to.First is { Op: Op.Phi } ? to.IndexOfPred(from) : -1;
        for (Value? phi = to.First; phi is { Op: Op.Phi }; phi = phi.Next)
        {
            if (!_needed[phi.Id]) continue;
            if ((count + 1) * WarpSize > _phis.Length) Array.Resize(ref _phis, 2 * _phis.Length);
            for (var lane = 0; lane < WarpSize; lane++) _phis[(count * WarpSize) + lane] = Read(phi[edge], lane);
            count++;
        }

        count = 0;
        for (Value? phi = to.First; phi is { Op: Op.Phi }; phi = phi.Next)
        {
            if (!_needed[phi.Id]) continue;
            for (var lane = 0; lane < WarpSize; lane++)
                if ((lanes >> lane & 1) != 0) _registers[(_slot[phi.Id] * WarpSize) + lane] = _phis[(count * WarpSize) + lane];
            count++;
        }

        for (var i = 0; i < _pending.Count; i++)
        {
            if (!ReferenceEquals(_pending[i].Block, to)) continue;
            _pending[i] = (to, _pending[i].Lanes | lanes);
            return;
        }

        _pending.Add((to, lanes));
    }

    private ulong Read(Value v, int lane) => v.Op switch
    {
        Op.Const => (ulong)v.Imm,
        Op.Undef => 0,
        _ => _registers[(_slot[v.Id] * WarpSize) + lane],
    };

    private ulong Evaluate(Value v, int lane)
    {
        switch (v.Op)
        {
            case Op.Addr:
                return Read(v[0], lane) + (ulong)(ScalarSemantics.Sign(Read(v[1], lane), v[1].Type.Bits) * v.Imm);
            case Op.AssumeAligned:
                return Read(v[0], lane);
            case Op.AllocAddr:
                return _allocations[(int)v.Imm];
            case Op.DynShared:
                return StaticSharedBytes;
            case Op.DynSharedBytes:
                return (uint)_at.DynamicSharedBytes;
            case Op.ThreadIdx:
                var thread = (_at.Warp * WarpSize) + lane;
                return (uint)(v.Imm == 0 ? thread % _at.Group.X : v.Imm == 1 ? thread / _at.Group.X % _at.Group.Y : thread / (_at.Group.X * _at.Group.Y));
            case Op.GroupDim:
                return Pick(_at.Group, v.Imm);
            case Op.GroupIdx:
                return Pick(_at.Index, v.Imm);
            case Op.GridDim:
                return Pick(_at.Grid, v.Imm);
            case Op.LaneIdx:
                return (uint)lane;
        }

        if (!ScalarSemantics.Covers(v.Op)) return 0;
        ulong b = v.Operands.Length > 1 ? Read(v[1], lane) : 0;
        ulong c = v.Operands.Length > 2 ? Read(v[2], lane) : 0;
        ScalarSemantics.TryEvaluate(v, Read(v[0], lane), b, c, out ulong result, out _);
        return result;
    }

    private static ulong Pick((int X, int Y, int Z) of, long dimension) => (uint)(dimension == 0 ? of.X : dimension == 1 ? of.Y : of.Z);

    private void Access(Value v, uint active)
    {
        switch (v.Op)
        {
            case Op.LdMatrix:
                // Eight rows of 16 bytes at a time.
                for (var matrix = 0; matrix < Math.Max((int)v.Type.Lanes, 1); matrix++) Shared(Gather(v[0], v.Offset, active, 8 * matrix, 8), 16);
                break;
            case Op.CpAsync:
                var bytes = (int)v.Imm;
                PerBank(v[0], v.Offset, bytes, active);
                for (var lane = 0; lane < WarpSize; lane++) _reads[lane] = v.Operands.Length == 3 ? (int)Read(v[2], lane) : bytes;
                // "16 bytes ... L1 BYPASS mode" (CUDA Programming Guide, 4.11.1): their data go through the array once, when they are written to shared memory.
                Global(v[1], 0, bytes, active, store: false, cached: bytes < 16, _reads, bypasses: bytes == 16);
                break;
            default:
                var size = v.Op == Op.Load ? v.Type.Bytes : StoredBytes(v);
                if (v[0].Type.Space == Space.Shared) PerBank(v[0], v.Offset, size, active);
                else if (v[0].Type.Space == Space.Global) Global(v[0], v.Offset, size, active, v.Op == Op.Store, cached: !v.Volatile, null);
                break;
        }
    }

    private static int StoredBytes(Value v)
    {
        var bytes = 0;
        foreach (Value stored in v.Operands[1..]) bytes += stored.Type.Bytes;
        return bytes;
    }

    /// <summary>Accesses of 8 bytes go by half warps, of 16 by quarters, so that each pass is at most 128 bytes.</summary>
    private void PerBank(Value address, int offset, int bytes, uint active)
    {
        var lanes = bytes <= 4 ? WarpSize : WarpSize * 4 / bytes;
        for (var first = 0; first < WarpSize; first += lanes) Shared(Gather(address, offset, active, first, lanes), bytes);
    }

    private ReadOnlySpan<ulong> Gather(Value address, int offset, uint active, int first, int count)
    {
        var found = 0;
        for (var lane = first; lane < first + count; lane++)
            if ((active >> lane & 1) != 0) _addresses[found++] = Read(address, lane) + (ulong)(long)offset;
        return _addresses.AsSpan(0, found);
    }

    /// <summary>One pass, and one more for each further word that lanes want of the same bank.</summary>
    private void Shared(ReadOnlySpan<ulong> addresses, int bytes)
    {
        if (addresses.Length == 0) return;
        Span<int> perBank = stackalloc int[32];
        Span<ulong> seen = stackalloc ulong[WarpSize * 4];
        var words = 0;
        foreach (ulong address in addresses)
            for (var word = address >> 2; word <= (address + (ulong)bytes - 1) >> 2; word++)
            {
                if (seen[..words].Contains(word)) continue;
                seen[words++] = word;
                perBank[(int)(word & 31)]++;
            }

        var passes = 1;
        foreach (var count in perBank) passes = Math.Max(passes, count);
        _sharedWavefronts += passes;
        _sharedConflicts += passes - 1;
    }

    private void Global(Value address, int offset, int bytes, uint active, bool store, bool cached, int[]? reads, bool bypasses = false)
    {
        Span<ulong> sectors = stackalloc ulong[WarpSize * 2];
        Span<ulong> lines = stackalloc ulong[WarpSize * 2];
        (int sectorCount, int lineCount) = (0, 0);
        for (var lane = 0; lane < WarpSize; lane++)
        {
            var length = reads is null ? bytes : reads[lane];
            if ((active >> lane & 1) == 0 || length <= 0) continue;
            var at = Read(address, lane) + (ulong)(long)offset;
            for (var sector = at >> 5; sector <= (at + (ulong)length - 1) >> 5; sector++)
            {
                if (!sectors[..sectorCount].Contains(sector)) sectors[sectorCount++] = sector;
                if (!lines[..lineCount].Contains(sector >> 2)) lines[lineCount++] = sector >> 2;
            }
        }

        if (!bypasses) _cacheWavefronts += lineCount;
        if (store)
        {
            _stores += sectorCount;
            return;
        }

        foreach (var sector in sectors[..sectorCount])
        {
            // Least recently used, its depth taken as the misses since: exact but for hits in between.
            if (cached && _firstLevel.TryGetValue(sector, out var touched) && _misses - touched < _cacheSectors) _hits++;
            else _misses++;
            if (cached) _firstLevel[sector] = _misses;
        }
    }

    private readonly record struct Extents((int X, int Y, int Z) Grid, (int X, int Y, int Z) Group, (int X, int Y, int Z) Index, int Warp, int DynamicSharedBytes);
}
