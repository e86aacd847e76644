using ILGPU;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Language;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Activations;

// A thread owns one element.
public static partial class Silu
{
    private static readonly KernelKey s_kernel = new("SRKernels.Kernels.Activations.SiluKernels", nameof(SiluKernels.Map));

    private static void Gpu(KernelContext cx, Tensor x, Tensor y)
    {
        var count = checked((int)x.Shape.Count);
        cx.Gpu.Launch(s_kernel, new LaunchShape(new Extent((count + 255) / 256), new Extent(256)), x, y, count);
    }
}

/// <summary>y = x / (1 + exp(-x)).</summary>
internal static class SiluKernels
{
    /// <summary>One element a thread.</summary>
    [Kernel(MaxThreads = 256)]
    public static void Map(ArrayView<float> x, ArrayView<float> y, int count)
    {
        int i = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (i < count) y[i] = x[i] / (1 + MathF.Exp(-x[i]));
    }
}
