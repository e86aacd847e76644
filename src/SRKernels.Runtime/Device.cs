using System.Diagnostics;
using System.Reflection;
using SRKernels.Runtime.Loading;

namespace SRKernels.Runtime;

/// <summary>How a device is driven.</summary>
public enum DeviceKind
{
    /// <summary>NVIDIA, through the CUDA driver.</summary>
    Cuda,

    /// <summary>Anything with OpenCL 1.2.</summary>
    OpenCl,

    /// <summary>Our interpreter of the IR: slow and exact.</summary>
    Interpreted,

    /// <summary>ILGPU's CPU accelerator: kernels as the .NET JIT compiles them, one thread of the system for each of a group's.</summary>
    IlgpuCpu,
}

/// <summary>What a device is and how much of everything it has.</summary>
/// <param name="Kind">How it is driven.</param>
/// <param name="Name">The vendor's name for it.</param>
/// <param name="Detail">Driver, architecture and versions, for people.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="MaxAllocationBytes">The largest single buffer.</param>
/// <param name="SharedBytes">Shared (local) memory that one group may use, dynamic included.</param>
/// <param name="MaxThreads">Threads per group.</param>
/// <param name="Multiprocessors">Multiprocessors or compute units.</param>
/// <param name="Target">CUDA compute capability times ten, for example 86; 0 elsewhere.</param>
/// <param name="HasHalf">Whether its compiler knows half arithmetic (OpenCL <c>cl_khr_fp16</c>).</param>
/// <param name="HasDouble">Whether it computes in double.</param>
public sealed record DeviceInfo(
    DeviceKind Kind, string Name, string Detail, long MemoryBytes, long MaxAllocationBytes, int SharedBytes, int MaxThreads, int Multiprocessors, int Target,
    bool HasHalf, bool HasDouble)
{
    /// <summary>Whether it is the processor itself (OpenCL <c>CL_DEVICE_TYPE_CPU</c>): its groups are loops and its shared memory is a cache.</summary>
    public bool IsProcessor { get; init; }

    /// <summary>
    /// Whether threads of a group wait for each other so slowly that kernels without barriers and shuffles are taken where there are some, however much
    /// more they read: on ILGPU's CPU accelerator a barrier is a meeting of as many threads of the system.
    /// </summary>
    public bool ShunsBarriers { get; init; }
}

/// <summary>Extents of a grid or a group; each at least 1.</summary>
/// <param name="X">Fastest.</param>
/// <param name="Y">Middle.</param>
/// <param name="Z">Slowest.</param>
public readonly record struct Extent(int X, int Y = 1, int Z = 1)
{
    /// <summary>The product.</summary>
    public long Count => (long)X * Y * Z;

    /// <inheritdoc/>
    public override string ToString() => $"{X}x{Y}x{Z}";
}

/// <summary>How a kernel is launched.</summary>
/// <param name="Grid">Groups.</param>
/// <param name="Group">Threads of a group.</param>
/// <param name="DynamicSharedBytes">Shared memory beyond what the kernel allocates itself.</param>
public readonly record struct LaunchShape(Extent Grid, Extent Group, int DynamicSharedBytes = 0);

/// <summary>
/// A device: memory, kernels and one queue in which everything happens in order. Not for use from two threads at once; any thread may use it in turn.
/// </summary>
public abstract class Device : IDisposable
{
    /// <summary>What it is.</summary>
    public abstract DeviceInfo Info { get; }

    /// <summary>Takes device memory; its content is undefined.</summary>
    /// <exception cref="DeviceOutOfMemoryException">It does not fit.</exception>
    public abstract DeviceBuffer Allocate(long bytes);

    /// <summary>Compiles or loads a kernel's text.</summary>
    /// <exception cref="KernelBuildException">The driver refused it.</exception>
    public abstract DeviceKernel Load(KernelImage image);

    /// <summary>Compiles a kernel from its method, on a device that has a compiler of its own; null on one that loads texts.</summary>
    /// <param name="assembly">The assembly that declares the kernel.</param>
    /// <param name="key">Which kernel and variant.</param>
    /// <exception cref="SrkException">Its compiler did not take it.</exception>
    public virtual DeviceKernel? Load(Assembly assembly, KernelKey key) => null;

    /// <summary>Queues a launch.</summary>
    public abstract void Launch(DeviceKernel kernel, in LaunchShape shape, KernelArguments arguments);

    /// <summary>Queues a copy to the device; the source may change as soon as this returns.</summary>
    public abstract void Upload(ReadOnlySpan<byte> from, DeviceBuffer to, long offsetBytes = 0);

    /// <summary>Waits for all work so far and copies from the device.</summary>
    public abstract void Download(DeviceBuffer from, Span<byte> to, long offsetBytes = 0);

    /// <summary>Waits for all work so far; errors of launches come out here at the latest.</summary>
    public abstract void Synchronize();

    /// <summary>Records the launches of <paramref name="work"/> (no allocation, copy or wait in it) to be run again at once, as often as wanted.</summary>
    /// <remarks>A device without graphs makes the launches again, one by one.</remarks>
    public virtual DeviceGraph Capture(Action work) => new ReplayedGraph(work);

    /// <summary>Runs <paramref name="work"/> and returns the seconds that the device spent between its start and its end.</summary>
    /// <remarks>A device without a clock of its own is timed from outside, waits included.</remarks>
    public virtual double Time(Action work)
    {
        Synchronize();
        var start = Stopwatch.GetTimestamp();
        work();
        Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Frees the queue and the context; buffers and kernels must be disposed before.</summary>
    public abstract void Dispose();
}

/// <summary>Memory on a device.</summary>
public abstract class DeviceBuffer(long bytes) : IDisposable
{
    /// <summary>Its size.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>Frees the memory when all work queued so far is done.</summary>
    public abstract void Dispose();

    internal void CheckRange(string who, long offsetBytes, long lengthBytes)
    {
        if (offsetBytes < 0 || lengthBytes < 0 || offsetBytes > Bytes - lengthBytes)
            throw new ArgumentOutOfRangeException(nameof(offsetBytes), $"{who}: expected a range inside {Bytes} bytes, got {lengthBytes} bytes at {offsetBytes}");
    }
}

/// <summary>A kernel that a device has loaded.</summary>
public abstract class DeviceKernel(KernelImage image) : IDisposable
{
    /// <summary>What it was loaded from.</summary>
    public KernelImage Image { get; } = image;

    /// <summary>Registers per thread, where the driver tells; else 0.</summary>
    public int Registers { get; protected init; }

    /// <summary>Local memory per thread in bytes (spills), where the driver tells; else 0.</summary>
    public int LocalBytes { get; protected init; }

    /// <summary>Unloads it.</summary>
    public abstract void Dispose();

    internal void CheckLaunch(in DeviceInfo device, in LaunchShape shape, KernelArguments arguments)
    {
        if (shape.Grid.X < 1 || shape.Grid.Y < 1 || shape.Grid.Z < 1 || shape.Group.X < 1 || shape.Group.Y < 1 || shape.Group.Z < 1)
            throw new ArgumentException($"Launch of {Image.Name}: expected extents of at least 1, got grid {shape.Grid}, group {shape.Group}");
        var most = Image.MaxThreads == 0 ? device.MaxThreads : Math.Min(device.MaxThreads, Image.MaxThreads);
        if (shape.Group.Count > most)
            throw new SrkException($"Launch of {Image.Name} on {device.Name}", $"at most {most} threads a group", $"{shape.Group.Count}", "launch smaller groups");
        if (shape.DynamicSharedBytes < 0 || shape.DynamicSharedBytes > device.SharedBytes)
            throw new SrkException(
                $"Launch of {Image.Name} on {device.Name}", $"at most {device.SharedBytes} bytes of shared memory", $"{shape.DynamicSharedBytes}", "take the variant with smaller tiles");
        arguments.Check(Image);
    }
}

/// <summary>Recorded launches.</summary>
public abstract class DeviceGraph : IDisposable
{
    /// <summary>Queues all of them.</summary>
    public abstract void Launch();

    /// <summary>Frees the recording.</summary>
    public abstract void Dispose();
}
