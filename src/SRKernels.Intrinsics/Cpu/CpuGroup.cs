using System.Runtime.InteropServices;

namespace SRKernels.Language.Cpu;

/// <summary>One group of kernel threads executed as plain C#, and its memory.</summary>
internal sealed class CpuGroup : IDisposable
{
    internal const int WarpSize = 32;

    private readonly List<(nint Address, int Bytes)> _shared = [];
    private readonly List<nint> _local = [];

    internal CpuGroup((int X, int Y, int Z) grid, (int X, int Y, int Z) dim, (int X, int Y, int Z) index,
        int dynamicBytes)
    {
        Grid = grid;
        Dim = dim;
        Index = index;
        DynamicBytes = dynamicBytes;
        Dynamic = Allocate(dynamicBytes);
        Threads = new CpuThread[dim.X * dim.Y * dim.Z];
        for (int i = 0; i < Threads.Length; i++) Threads[i] = new CpuThread(this, i);
        Scheduler = new CpuScheduler(this);
    }

    internal (int X, int Y, int Z) Grid { get; }

    internal (int X, int Y, int Z) Dim { get; }

    internal (int X, int Y, int Z) Index { get; }

    internal nint Dynamic { get; }

    internal int DynamicBytes { get; }

    internal CpuThread[] Threads { get; }

    internal CpuScheduler Scheduler { get; }

    internal nint SharedAllocation(int index, int bytes)
    {
        if (index == _shared.Count) _shared.Add((Allocate(bytes), bytes));
        if (_shared[index].Bytes != bytes)
            throw new InvalidOperationException(
                $"SharedMemory: allocation {index} is {_shared[index].Bytes} bytes in one thread and {bytes} in another; all threads of a group must allocate alike.");
        return _shared[index].Address;
    }

    internal nint LocalAllocation(int bytes)
    {
        nint address = Allocate(bytes);
        _local.Add(address);
        return address;
    }

    public unsafe void Dispose()
    {
        NativeMemory.AlignedFree((void*)Dynamic);
        foreach ((nint address, _) in _shared) NativeMemory.AlignedFree((void*)address);
        foreach (nint address in _local) NativeMemory.AlignedFree((void*)address);
    }

    /// <summary>Filled with ones (NaN as floats), so that reading before writing shows.</summary>
    private static unsafe nint Allocate(int bytes)
    {
        void* address = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 16), 256);
        NativeMemory.Fill(address, (nuint)bytes, 0xFF);
        return (nint)address;
    }
}
