namespace ILGPU;

/// <summary>Groups, threads per group, dynamic shared memory.</summary>
public readonly struct KernelConfig
{
    public KernelConfig(Index1D gridDim, Index1D groupDim)
        : this(gridDim, groupDim, default)
    {
    }

    public KernelConfig(Index1D gridDim, Index1D groupDim, SharedMemoryConfig sharedMemoryConfig)
        : this(new Index3D(gridDim.X, 1, 1), new Index3D(groupDim.X, 1, 1), sharedMemoryConfig)
    {
    }

    public KernelConfig(Index2D gridDim, Index2D groupDim)
        : this(gridDim, groupDim, default)
    {
    }

    public KernelConfig(Index2D gridDim, Index2D groupDim, SharedMemoryConfig sharedMemoryConfig)
        : this(new Index3D(gridDim.X, gridDim.Y, 1), new Index3D(groupDim.X, groupDim.Y, 1), sharedMemoryConfig)
    {
    }

    public KernelConfig(Index3D gridDim, Index3D groupDim)
        : this(gridDim, groupDim, default)
    {
    }

    public KernelConfig(Index3D gridDim, Index3D groupDim, SharedMemoryConfig sharedMemoryConfig)
    {
        GridDim = gridDim;
        GroupDim = groupDim;
        SharedMemoryConfig = sharedMemoryConfig;
    }

    public KernelConfig(int gridDimX, int gridDimY, int gridDimZ, int groupDimX, int groupDimY, int groupDimZ)
        : this(new Index3D(gridDimX, gridDimY, gridDimZ), new Index3D(groupDimX, groupDimY, groupDimZ), default)
    {
    }

    public Index3D GridDim { get; }

    public Index3D GroupDim { get; }

    public SharedMemoryConfig SharedMemoryConfig { get; }

    public bool UsesDynamicSharedMemory => SharedMemoryConfig.UsesDynamicSharedMemory;

    public bool IsValid => GridDim.LongSize > 0 && GroupDim.LongSize > 0;

    public long Size => GridDim.LongSize * GroupDim.LongSize;

    public static implicit operator KernelConfig((Index1D, Index1D) value) => new(value.Item1, value.Item2);

    public static implicit operator KernelConfig((Index2D, Index2D) value) => new(value.Item1, value.Item2);

    public static implicit operator KernelConfig((Index3D, Index3D) value) => new(value.Item1, value.Item2);

    public static implicit operator KernelConfig((Index1D, Index1D, SharedMemoryConfig) value) =>
        new(value.Item1, value.Item2, value.Item3);

    public static implicit operator KernelConfig((Index3D, Index3D, SharedMemoryConfig) value) =>
        new(value.Item1, value.Item2, value.Item3);

    public static implicit operator (Index3D, Index3D)(KernelConfig value) => (value.GridDim, value.GroupDim);
}
