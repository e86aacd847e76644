using System.Runtime.CompilerServices;
using SRKernels.Language.Cpu;

namespace ILGPU;

/// <summary>The 32 threads that run together. All of them take part in every operation here.</summary>
public static class Warp
{
    public static int WarpSize => CpuGroup.WarpSize;

    public static int LaneIdx => CpuThread.Current.Lane;

    public static int WarpIdx => Group.LinearIndex / WarpSize;

    public static bool IsFirstLane => LaneIdx == 0;

    public static bool IsLastLane => LaneIdx == WarpSize - 1;

    public static void Barrier() => CpuThread.Current.Exchange(WarpOperation.Barrier, []);

    public static T Shuffle<T>(T variable, int sourceLane)
        where T : unmanaged => Shuffle(variable, sourceLane, WarpSize);

    public static T Shuffle<T>(T variable, int sourceLane, int width)
        where T : unmanaged
    {
        int lane = LaneIdx;
        return Read(variable, (lane & ~(width - 1)) + (sourceLane & (width - 1)));
    }

    public static T ShuffleDown<T>(T variable, int delta)
        where T : unmanaged => ShuffleDown(variable, delta, WarpSize);

    public static T ShuffleDown<T>(T variable, int delta, int width)
        where T : unmanaged
    {
        int lane = LaneIdx;
        return Read(variable, (lane & (width - 1)) + delta < width ? lane + delta : lane);
    }

    public static T ShuffleUp<T>(T variable, int delta)
        where T : unmanaged => ShuffleUp(variable, delta, WarpSize);

    public static T ShuffleUp<T>(T variable, int delta, int width)
        where T : unmanaged
    {
        int lane = LaneIdx;
        return Read(variable, (lane & (width - 1)) >= delta ? lane - delta : lane);
    }

    public static T ShuffleXor<T>(T variable, int mask)
        where T : unmanaged => ShuffleXor(variable, mask, WarpSize);

    public static T ShuffleXor<T>(T variable, int mask, int width)
        where T : unmanaged
    {
        int lane = LaneIdx;
        int source = lane ^ mask;
        return Read(variable, source <= (lane | (width - 1)) ? source : lane);
    }

    public static T Broadcast<T>(T value, int sourceLane)
        where T : unmanaged => Shuffle(value, sourceLane);

    public static int ComputeWarpIdx(Index1D groupThreadIndex) => groupThreadIndex.X / WarpSize;

    public static int ComputeWarpThreadIdx(Index1D groupThreadIndex) => groupThreadIndex.X % WarpSize;

    private static unsafe T Read<T>(T variable, int lane)
        where T : unmanaged
    {
        int count = (sizeof(T) + 3) / 4;
        Span<uint> registers = stackalloc uint[count];
        registers.Clear();
        fixed (uint* target = registers) Unsafe.WriteUnaligned(target, variable);
        CpuExchange exchange = CpuThread.Current.Exchange(WarpOperation.Shuffle, registers);
        for (int i = 0; i < count; i++) registers[i] = exchange.Read(lane, i);
        fixed (uint* source = registers) return Unsafe.ReadUnaligned<T>(source);
    }
}
