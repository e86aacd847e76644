using ILGPU;

namespace SRKernels.Intrinsics;

/// <summary>
/// Registers of all 32 lanes of a warp side by side, for what a warp does together, on ILGPU's CPU accelerator: there
/// each lane is a thread, and its shuffles carry one value each. One table a warp, lane 0's, lives as long as that
/// thread.
/// </summary>
internal readonly unsafe ref struct WarpExchange
{
    internal const int Lanes = 32;
    private const int RegistersPerLane = 8;

    [ThreadStatic]
    private static uint[]? t_table;

    private readonly uint* _table;

    /// <summary>Shows a lane's registers to the others and waits for theirs.</summary>
    /// <param name="registers">At most 8.</param>
    internal WarpExchange(ReadOnlySpan<uint> registers)
    {
        if (Warp.WarpSize != Lanes)
            throw new InvalidOperationException(
                $"A product of a warp: expected warps of {Lanes} lanes, got {Warp.WarpSize}; make the accelerator from new CPUDevice({Lanes}, ..).");
        Lane = Warp.LaneIdx;
        long address = 0;
        if (Lane == 0)
        {
            t_table ??= GC.AllocateArray<uint>(Lanes * RegistersPerLane, pinned: true);
            fixed (uint* table = t_table) address = (long)table;
        }

        _table = (uint*)Warp.Shuffle(address, 0);
        registers.CopyTo(new Span<uint>(_table + (Lane * RegistersPerLane), RegistersPerLane));
        Warp.Barrier();
    }

    internal int Lane { get; }

    internal uint Read(int lane, int register) => _table[(lane * RegistersPerLane) + register];

    /// <summary>No lane goes on, and writes over what was shown, before all have read it.</summary>
    internal void Close() => Warp.Barrier();
}
