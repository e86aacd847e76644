using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Interpretation;

/// <summary>
/// Runs a function as it stands: the executable definition of the IR. Groups run one after another; the threads of a group take turns,
/// each running until it must wait for others.
/// </summary>
/// <remarks>
/// Strict where devices are not: addresses outside a buffer, misaligned accesses, division by zero, barriers that not all threads
/// reach, and warp operations that not all lanes reach are errors.
/// </remarks>
internal sealed partial class Interpreter
{
    private const int WarpSize = 32;

    private readonly Function _function;
    private readonly InterpretedMemory _memory;
    private readonly int[] _slot; // value id to its first register
    private int _slots;
    private Group _group = null!;

    internal Interpreter(Function function, InterpretedMemory memory)
    {
        _function = function;
        _memory = memory;
        _slot = new int[function.ValueCount];
        foreach (Value parameter in function.Parameters) _slot[parameter.Id] = _slots++;
        foreach (Block block in function.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
            {
                _slot[v.Id] = _slots;
                _slots += Math.Max((int)v.Type.Lanes, 1);
            }

        Prepare();
    }

    /// <summary>Most instructions that one thread may execute before the launch is given up as endless.</summary>
    internal long InstructionLimit { get; init; } = 2_000_000_000;

    /// <summary>Runs all groups.</summary>
    /// <param name="grid">Groups in x, y, z.</param>
    /// <param name="group">Threads in x, y, z.</param>
    /// <param name="dynamicSharedBytes">Dynamic shared memory.</param>
    /// <param name="arguments">Bits of the IR parameters, in order.</param>
    internal void Launch((int X, int Y, int Z) grid, (int X, int Y, int Z) group, int dynamicSharedBytes, ReadOnlySpan<ulong> arguments)
    {
        if (arguments.Length != _function.Parameters.Count)
            throw new ArgumentException($"Interpreter: expected {_function.Parameters.Count} arguments for {_function.Info.Name}, got {arguments.Length}", nameof(arguments));
        _group = new Group(this, grid, group, dynamicSharedBytes);
        try
        {
            for (int z = 0; z < grid.Z; z++)
                for (int y = 0; y < grid.Y; y++)
                    for (int x = 0; x < grid.X; x++)
                        _group.Run((x, y, z), arguments);
        }
        finally
        {
            _group.Dispose();
        }
    }

    /// <summary>Why a thread does not go on.</summary>
    private enum Waiting
    {
        No,
        ForGroup,
        ForWarp,
        Ended,
    }

    private sealed class ThreadState(ulong[] registers)
    {
        public ulong[] Registers { get; } = registers;

        public (int X, int Y, int Z) Index { get; init; }

        public int Linear { get; init; }

        public int Lane => Linear % WarpSize;

        /// <summary>The next instruction, or the one that it waits at.</summary>
        public int At { get; set; }

        /// <summary>Where it came to by its last branch.</summary>
        public int From { get; set; }

        public Waiting Waiting { get; set; }

        public ulong[] LocalMemory { get; set; } = [];

        public long Executed { get; set; }
    }

    private sealed class Group : IDisposable
    {
        private readonly Interpreter _owner;
        private readonly ThreadState[] _threads;
        private readonly ulong[] _allocations;

        public Group(Interpreter owner, (int X, int Y, int Z) grid, (int X, int Y, int Z) group, int dynamicSharedBytes)
        {
            _owner = owner;
            Grid = grid;
            Size = group;
            DynamicSharedBytes = dynamicSharedBytes;
            _allocations = new ulong[owner._function.Allocations.Count];
            for (int i = 0; i < _allocations.Length; i++)
                if (owner._function.Allocations[i].Space == Space.Shared) _allocations[i] = owner._memory.Allocate(owner._function.Allocations[i].Bytes);
            DynamicShared = owner._memory.Allocate(dynamicSharedBytes);
            _threads = new ThreadState[group.X * group.Y * group.Z];
            for (int i = 0; i < _threads.Length; i++)
            {
                var local = new ulong[_allocations.Length];
                for (int a = 0; a < local.Length; a++)
                    if (owner._function.Allocations[a].Space == Space.Local) local[a] = owner._memory.Allocate(owner._function.Allocations[a].Bytes);
                var registers = new ulong[owner._slots];
                foreach ((int register, ulong bits) in owner._constants) registers[register] = bits;
                _threads[i] = new ThreadState(registers)
                {
                    Index = (i % group.X, i / group.X % group.Y, i / (group.X * group.Y)),
                    Linear = i,
                    LocalMemory = local,
                };
            }
        }

        public (int X, int Y, int Z) Grid { get; }

        public (int X, int Y, int Z) Size { get; }

        public (int X, int Y, int Z) Index { get; private set; }

        public int DynamicSharedBytes { get; }

        public ulong DynamicShared { get; }

        public ulong Allocation(ThreadState thread, int index) =>
            _owner._function.Allocations[index].Space == Space.Shared ? _allocations[index] : thread.LocalMemory[index];

        public void Run((int X, int Y, int Z) index, ReadOnlySpan<ulong> arguments)
        {
            Index = index;
            foreach (ThreadState thread in _threads)
            {
                for (int i = 0; i < arguments.Length; i++) thread.Registers[_owner._slot[_owner._function.Parameters[i].Id]] = arguments[i];
                thread.At = 0;
                thread.From = 0;
                thread.Waiting = Waiting.No;
                thread.Executed = 0;
            }

            while (true)
            {
                bool ran = false;
                foreach (ThreadState thread in _threads)
                {
                    if (thread.Waiting != Waiting.No) continue;
                    _owner.RunThread(thread);
                    ran = true;
                }

                bool released = ReleaseWarps() | ReleaseGroup();
                if (Array.TrueForAll(_threads, t => t.Waiting == Waiting.Ended)) return;
                if (!ran && !released) throw Stuck();
            }
        }

        public void Dispose()
        {
            for (int i = 0; i < _allocations.Length; i++)
            {
                if (_owner._function.Allocations[i].Space == Space.Shared) _owner._memory.Free(_allocations[i]);
                else foreach (ThreadState thread in _threads) _owner._memory.Free(thread.LocalMemory[i]);
            }

            _owner._memory.Free(DynamicShared);
        }

        private bool ReleaseWarps()
        {
            bool any = false;
            for (int first = 0; first < _threads.Length; first += WarpSize)
            {
                Span<ThreadState> warp = _threads.AsSpan(first, Math.Min(WarpSize, _threads.Length - first));
                if (!AllAt(warp, Waiting.ForWarp)) continue;
                _owner.ExecuteWarp(warp, _owner._steps[warp[0].At].Value);
                Advance(warp);
                any = true;
            }

            return any;
        }

        private bool ReleaseGroup()
        {
            if (!AllAt(_threads, Waiting.ForGroup)) return false;
            Value at = _owner._steps[_threads[0].At].Value;
            if (at.Op != Op.Barrier)
            {
                int slot = _owner._slot[at.Id];
                uint count = 0;
                foreach (ThreadState thread in _threads) count += (uint)_owner.Read(thread, at[0]);
                ulong result = at.Op switch
                {
                    Op.BarrierPopCount => count,
                    Op.BarrierAnd => count == _threads.Length ? 1UL : 0,
                    _ => count > 0 ? 1UL : 0,
                };
                foreach (ThreadState thread in _threads) thread.Registers[slot] = result;
            }

            Advance(_threads);
            return true;
        }

        private static bool AllAt(Span<ThreadState> threads, Waiting waiting)
        {
            foreach (ThreadState thread in threads)
                if (thread.Waiting != waiting || thread.At != threads[0].At) return false;
            return true;
        }

        private static void Advance(Span<ThreadState> threads)
        {
            foreach (ThreadState thread in threads)
            {
                thread.At++;
                thread.Waiting = Waiting.No;
            }
        }

        private InterpretationException Stuck()
        {
            ThreadState waits = Array.Find(_threads, t => t.Waiting is Waiting.ForGroup or Waiting.ForWarp)!;
            ThreadState other = Array.Find(_threads, t => t.Waiting == Waiting.Ended || t.At != waits.At) ?? waits;
            Value there = _owner._steps[other.At].Value;
            string elsewhere = other.Waiting == Waiting.Ended ? "has ended" : $"waits at '{there.Info.Name}'{_owner.Where(there)}";
            return _owner.Error(waits, _owner._steps[waits.At].Value, $"not all threads come here together: thread {other.Index} {elsewhere}");
        }
    }

    private string Where(Value v) => v.Position.Line > 0 ? $" at {_function.Files[v.Position.File]}:{v.Position.Line}" : "";

    private InterpretationException Error(ThreadState thread, Value at, string what) =>
        new(_function.Info.Name, $"Kernel {_function.Info.Name}: '{at.Info.Name}'{Where(at)} in thread {thread.Index} of group {_group.Index}: {what}.");
}
