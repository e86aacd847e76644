using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Layers;

/// <summary>Shows intermediate tensors to whoever traces a run.</summary>
internal static class TracedTensor
{
    /// <summary>Reports the tensor under the name of the block that made it, and returns it.</summary>
    public static Tensor Traced(this Tensor tensor, KernelContext cx, string name)
    {
        if (cx.Trace is { } trace && trace.Wants(name)) cx.Show(name, tensor);
        return tensor;
    }

    /// <summary>Reports the first channels of a map: a copy of them, for the map is written again before a device's trace is read.</summary>
    public static void TracedPrefix(this Tensor tensor, KernelContext cx, string name, int channels)
    {
        if (cx.Trace is not { } trace || !trace.Wants(name)) return;
        using var copy = cx.Rent(tensor.Shape.WithChannels(channels));
        ScaledSum.Into(cx, tensor, 0, tensor, copy, channels);
        cx.Show(name, copy);
    }
}
