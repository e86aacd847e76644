using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Resampling;

/*
 * y[n, i, j] = x[n, top + i, left + j], where top and left are read from the device's memory, so that a recorded launch serves every tile.
 * OnePerThread: thread i writes item i of y, where an item is four channels (Float4) if the channels are a multiple of four, else one.
 * 8 bytes of traffic an element: bound by memory on every device.
 */
public static partial class Crop
{
    private static readonly KernelKey s_kernel = new(typeof(CropKernels).FullName!, nameof(CropKernels.OnePerThread));

    private static void Gpu(KernelContext cx, Tensor x, GpuView origin, Tensor y)
    {
        var items = ChannelItems.Of(y.Shape.C);
        var count = items.Count(y);
        cx.Gpu.Launch(
            items.Variant(s_kernel), ElementwiseQuads.OnePerThread(count), items.View(x), items.View(y), origin, x.Shape.H, x.Shape.W, y.Shape.H,
            y.Shape.W, y.Shape.C / items.Width, count);
    }
}

internal static class CropKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    [Specialize(typeof(float))]
    [Specialize(typeof(Float4))]
    public static void OnePerThread<T>(
        ArrayView<T> x, ArrayView<T> y, ArrayView<int> origin, int fromH, int fromW, int h, int w, int c, int count)
        where T : unmanaged
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        int pixel = i / c;
        int line = pixel / w;
        int image = line / h;
        int row = origin[0] + line - (image * h);
        int column = origin[1] + pixel - (line * w);
        y.AsAligned(16)[i] = x.AsAligned(16)[((((image * fromH) + row) * fromW) + column) * c + i - (pixel * c)];
    }
}
