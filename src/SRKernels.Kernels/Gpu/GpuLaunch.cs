using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Gpu;

/// <summary>A launch as it was recorded.</summary>
/// <param name="Kernel">Which kernel and variant.</param>
/// <param name="Shape">Groups and threads.</param>
/// <param name="Arguments">In the kernel's order.</param>
internal sealed record GpuLaunch(KernelKey Kernel, LaunchShape Shape, IReadOnlyList<GpuArgument> Arguments);

/// <summary>What happens with a part of the memory after each run.</summary>
/// <param name="View">Which part.</param>
/// <param name="Then">Gets the bytes.</param>
internal sealed record GpuFetch(GpuView View, GpuFetch.Reader Then)
{
    public delegate void Reader(ReadOnlySpan<byte> bytes);
}

/// <summary>A point between launches that a watching host is told of.</summary>
/// <param name="Part">In which part of the recording.</param>
/// <param name="Launch">How many launches come before it, of all parts.</param>
/// <param name="Reached">Called when they are done.</param>
internal sealed record GpuMark(int Part, int Launch, Action Reached);
