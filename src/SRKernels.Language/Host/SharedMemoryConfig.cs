using System.Runtime.CompilerServices;

namespace ILGPU;

/// <summary>Dynamic shared memory of a launch.</summary>
public readonly struct SharedMemoryConfig(int numElements, int elementSize)
{
    public static SharedMemoryConfig Empty => default;

    public int NumElements { get; } = numElements;

    public int ElementSize { get; } = elementSize;

    public int ArraySize => NumElements * ElementSize;

    public bool UsesDynamicSharedMemory => ArraySize > 0;

    public static SharedMemoryConfig RequestDynamic<T>(int numElements)
        where T : unmanaged => new(numElements, Unsafe.SizeOf<T>());
}
