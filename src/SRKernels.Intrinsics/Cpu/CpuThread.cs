using System.Runtime.CompilerServices;

namespace SRKernels.Language.Cpu;

/// <summary>What the lanes of a warp do together; all must do the same.</summary>
internal enum WarpOperation
{
    Barrier,
    Shuffle,
    Product,
    LoadMatrix,
}

/// <summary>One kernel thread executed as plain C#: its place in the grid, and how it meets the others.</summary>
internal sealed class CpuThread(CpuGroup group, int linear)
{
    [ThreadStatic]
    private static CpuThread? t_current;

    private readonly uint[][] _slots = [new uint[64], new uint[64]];
    private readonly List<PendingCopy> _open = [];
    private readonly Queue<PendingCopy[]> _committed = [];
    private int _phase;
    private int _nextAllocation;

    /// <summary>The kernel thread that this OS thread executes.</summary>
    internal static CpuThread Current
    {
        get => t_current ?? throw new InvalidOperationException(
            "A kernel language member was called outside a kernel; start the kernel with SRKernels.Language.CpuLauncher.Launch.");
        set => t_current = value;
    }

    internal static bool IsInKernel => t_current is not null;

    internal CpuGroup Group { get; } = group;

    internal int Linear { get; } = linear;

    internal int Lane => Linear % CpuGroup.WarpSize;

    internal int X => Linear % Group.Dim.X;

    internal int Y => Linear / Group.Dim.X % Group.Dim.Y;

    internal int Z => Linear / (Group.Dim.X * Group.Dim.Y);

    internal CpuThreadState State { get; set; }

    /// <summary>What it waits at; meaningful while <see cref="State"/> is a waiting one.</summary>
    internal int WaitsAt { get; set; }

    internal bool Vote { get; set; }

    internal SemaphoreSlim? Parked { get; set; }

    internal static void Leave() => t_current = null;

    /// <summary>Meets the other lanes of the warp with some registers; gives access to everyone's.</summary>
    internal CpuExchange Exchange(WarpOperation operation, ReadOnlySpan<uint> registers)
    {
        _phase ^= 1;
        registers.CopyTo(_slots[_phase]);
        Group.Scheduler.WaitForWarp(this, (int)operation);
        return new CpuExchange(Group, Linear / CpuGroup.WarpSize, _phase);
    }

    internal uint[] Slot(int phase) => _slots[phase];

    /// <summary>Memory that all threads of the group get for their n-th allocation.</summary>
    internal nint AllocateShared(int bytes) => Group.SharedAllocation(_nextAllocation++, bytes);

    internal nint AllocateLocal(int bytes) => Group.LocalAllocation(bytes);

    internal void EnqueueCopy(nint target, nint source, int size, int bytes) =>
        _open.Add(new PendingCopy(target, source, size, bytes));

    internal void CommitCopies()
    {
        _committed.Enqueue([.. _open]);
        _open.Clear();
    }

    internal unsafe void WaitCopies(int groups)
    {
        while (_committed.Count > groups)
            foreach (PendingCopy copy in _committed.Dequeue())
            {
                Unsafe.InitBlockUnaligned((void*)copy.Target, 0, (uint)copy.Size);
                Unsafe.CopyBlockUnaligned((void*)copy.Target, (void*)copy.Source, (uint)copy.Bytes);
            }
    }

    private readonly record struct PendingCopy(nint Target, nint Source, int Size, int Bytes);
}

/// <summary>What the lanes of a warp brought to one meeting. Valid until the lane's next but one.</summary>
internal readonly struct CpuExchange(CpuGroup group, int warp, int phase)
{
    /// <summary>A register of a lane; zero if the group has no such lane.</summary>
    internal uint Read(int lane, int register)
    {
        int linear = (warp * CpuGroup.WarpSize) + lane;
        return linear < group.Threads.Length ? group.Threads[linear].Slot(phase)[register] : 0;
    }
}
