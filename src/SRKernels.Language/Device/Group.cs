using SRKernels.Language.Cpu;

namespace ILGPU;

/// <summary>The group of threads that shares memory and barriers.</summary>
public static class Group
{
    public static int IdxX => CpuThread.Current.X;

    public static int IdxY => CpuThread.Current.Y;

    public static int IdxZ => CpuThread.Current.Z;

    public static int DimX => CpuThread.Current.Group.Dim.X;

    public static int DimY => CpuThread.Current.Group.Dim.Y;

    public static int DimZ => CpuThread.Current.Group.Dim.Z;

    public static int LinearIndex => (((IdxZ * DimY) + IdxY) * DimX) + IdxX;

    public static Index3D Index => new(IdxX, IdxY, IdxZ);

    public static Index3D Dimension => new(DimX, DimY, DimZ);

    public static bool IsFirstThread => LinearIndex == 0;

    public static bool IsLastThread => LinearIndex == (DimX * DimY * DimZ) - 1;

    public static void Barrier() => CpuThread.Current.Group.Scheduler.WaitForGroup(CpuThread.Current, vote: false);

    public static int BarrierPopCount(bool predicate) =>
        CpuThread.Current.Group.Scheduler.WaitForGroup(CpuThread.Current, predicate);

    public static bool BarrierAnd(bool predicate) => BarrierPopCount(!predicate) == 0;

    public static bool BarrierOr(bool predicate) => BarrierPopCount(predicate) != 0;

    public static T Broadcast<T>(T value, int groupIndex)
        where T : unmanaged
    {
        ref T slot = ref SharedMemory.Allocate<T>();
        if (LinearIndex == groupIndex) slot = value;
        Barrier();
        T result = slot;
        Barrier();
        return result;
    }
}
