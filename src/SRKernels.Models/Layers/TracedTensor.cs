using SRKernels.Kernels;
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
}
