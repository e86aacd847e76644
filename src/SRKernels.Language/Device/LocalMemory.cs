using ILGPU.Runtime;
using SRKernels.Language.Cpu;

namespace ILGPU;

/// <summary>Memory of one thread. Extents are compile-time constants; the content is undefined at first.</summary>
public static class LocalMemory
{
    public static unsafe ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged => new((void*)CpuThread.Current.AllocateLocal(extent * sizeof(T)), extent);

    public static ArrayView1D<T, Stride1D.Dense> Allocate1D<T>(Index1D extent)
        where T : unmanaged => Allocate<T>(extent.X);
}
