using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Resampling;

/*
 * y[n, i, j] = x[n, i / factor, j / factor]. OnePerThread: thread i writes item i of y, where an item is four channels (Float4) if the channels
 * are a multiple of four, else one. A pixel is read factor^2 times, all but once from a cache: bound by memory on every device.
 */
public static partial class NearestResize
{
    private static readonly KernelKey s_kernel = new(typeof(NearestResizeKernels).FullName!, nameof(NearestResizeKernels.OnePerThread));

    private static void Gpu(KernelContext cx, Tensor x, int factor, Tensor y)
    {
        var items = ChannelItems.Of(y.Shape.C);
        var count = items.Count(y);
        cx.Gpu.Launch(
            items.Variant(s_kernel), ElementwiseQuads.OnePerThread(count), items.View(x), items.View(y), x.Shape.W, y.Shape.C / items.Width, factor, count);
    }
}

internal static class NearestResizeKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    [Specialize(typeof(float))]
    [Specialize(typeof(Float4))]
    public static void OnePerThread<T>(ArrayView<T> x, ArrayView<T> y, int fromW, int c, int factor, int count)
        where T : unmanaged
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        int pixel = i / c;
        int line = pixel / (fromW * factor); // over all images: their rows are so many times those of x too
        int column = (pixel - (line * fromW * factor)) / factor;
        y.AsAligned(16)[i] = x.AsAligned(16)[((line / factor * fromW) + column) * c + i - (pixel * c)];
    }
}
