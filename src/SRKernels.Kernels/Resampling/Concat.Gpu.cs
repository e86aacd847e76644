using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Resampling;

/*
 * y [n, h, w, ca + cb] = [a [n, h, w, ca], b [n, h, w, cb]]. OnePerThread: thread i writes item i of y, where an item is four channels
 * (Float4) if both counts of channels are multiples of four, else one. 8 bytes of traffic an element: bound by memory on every device.
 */
public static partial class Concat
{
    private static readonly KernelKey s_kernel = new(typeof(ConcatKernels).FullName!, nameof(ConcatKernels.OnePerThread));

    private static void Gpu(KernelContext cx, Tensor a, Tensor b, Tensor y)
    {
        var items = ChannelItems.Of(a.Shape.C | b.Shape.C);
        var count = items.Count(y);
        cx.Gpu.Launch(
            items.Variant(s_kernel), ElementwiseQuads.OnePerThread(count), items.View(a), items.View(b), items.View(y), a.Shape.C / items.Width,
            b.Shape.C / items.Width, count);
    }
}

internal static class ConcatKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    [Specialize(typeof(float))]
    [Specialize(typeof(Float4))]
    public static void OnePerThread<T>(ArrayView<T> a, ArrayView<T> b, ArrayView<T> y, int ca, int cb, int count)
        where T : unmanaged
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        int pixel = i / (ca + cb);
        int k = i - (pixel * (ca + cb));
        if (k < ca) y.AsAligned(16)[i] = a.AsAligned(16)[(pixel * ca) + k];
        else y.AsAligned(16)[i] = b.AsAligned(16)[(pixel * cb) + k - ca];
    }
}
