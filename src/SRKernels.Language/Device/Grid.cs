using SRKernels.Language.Cpu;

namespace ILGPU;

/// <summary>The grid of groups that a launch runs.</summary>
public static class Grid
{
    public static int IdxX => CpuThread.Current.Group.Index.X;

    public static int IdxY => CpuThread.Current.Group.Index.Y;

    public static int IdxZ => CpuThread.Current.Group.Index.Z;

    public static int DimX => CpuThread.Current.Group.Grid.X;

    public static int DimY => CpuThread.Current.Group.Grid.Y;

    public static int DimZ => CpuThread.Current.Group.Grid.Z;

    public static int LinearIndex => (((IdxZ * DimY) + IdxY) * DimX) + IdxX;

    public static int GlobalLinearIndex => (LinearIndex * Group.DimX * Group.DimY * Group.DimZ) + Group.LinearIndex;

    public static Index3D Index => new(IdxX, IdxY, IdxZ);

    public static Index3D Dimension => new(DimX, DimY, DimZ);

    public static Index3D GlobalIndex => ComputeGlobalIndex(Index, Group.Index);

    public static LongIndex3D LongGlobalIndex => ComputeLongGlobalIndex(Index, Group.Index);

    public static Index3D ComputeGlobalIndex(Index3D gridIdx, Index3D groupIdx) =>
        new((gridIdx.X * Group.DimX) + groupIdx.X, (gridIdx.Y * Group.DimY) + groupIdx.Y, (gridIdx.Z * Group.DimZ)
            + groupIdx.Z);

    public static LongIndex3D ComputeLongGlobalIndex(Index3D gridIdx, Index3D groupIdx) => new(
        ((long)gridIdx.X * Group.DimX) + groupIdx.X,
        ((long)gridIdx.Y * Group.DimY) + groupIdx.Y,
        ((long)gridIdx.Z * Group.DimZ) + groupIdx.Z);
}
