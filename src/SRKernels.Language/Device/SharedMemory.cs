using System.Runtime.CompilerServices;
using ILGPU.Runtime;
using SRKernels.Language.Cpu;

namespace ILGPU;

/// <summary>
/// Memory of the group. Extents are compile-time constants. On the CPU the n-th allocation of every thread is the same
/// memory, filled with ones (NaN) at first.
/// </summary>
public static class SharedMemory
{
    public static unsafe ref T Allocate<T>()
        where T : unmanaged => ref Unsafe.AsRef<T>((void*)CpuThread.Current.AllocateShared(sizeof(T)));

    public static unsafe ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged => new((void*)CpuThread.Current.AllocateShared(extent * sizeof(T)), extent);

    public static unsafe ArrayView<T> GetDynamic<T>()
        where T : unmanaged => new(
            (void*)CpuThread.Current.Group.Dynamic, CpuThread.Current.Group.DynamicBytes / sizeof(T));

    public static ArrayView1D<T, Stride1D.Dense> Allocate1D<T>(Index1D extent)
        where T : unmanaged => Allocate<T>(extent.X);

    public static ArrayView2D<T, Stride2D.DenseX> Allocate2DDenseX<T>(in Index2D extent)
        where T : unmanaged => new(Allocate<T>(extent.Size), extent, new Stride2D.DenseX(extent.X));

    public static ArrayView2D<T, Stride2D.DenseY> Allocate2DDenseY<T>(in Index2D extent)
        where T : unmanaged => new(Allocate<T>(extent.Size), extent, new Stride2D.DenseY(extent.Y));
}
