using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Resampling;

/*
 * y[n, i f + a, j f + b, c] = x[n, i, j, c f f + a f + b] (+ residual[n, i, j, c]), and back. Spread and Gather: thread i writes element i of y, neighbours
 * neighbours. What they read lies within a few lines of memory: 8 to 12 bytes of traffic an element, bound by memory on every device.
 */
public static partial class PixelShuffle
{
    private static readonly KernelKey s_spread = new(typeof(PixelShuffleKernels).FullName!, nameof(PixelShuffleKernels.Spread));
    private static readonly KernelKey s_gather = new(typeof(PixelShuffleKernels).FullName!, nameof(PixelShuffleKernels.Gather));

    private static void Gpu(KernelContext cx, Tensor x, int factor, Tensor? residual, Tensor y)
    {
        var count = checked((int)y.Shape.Count);
        cx.Gpu.Launch(s_spread, ElementwiseQuads.OnePerThread(count), x, residual ?? x, y, x.Shape.W, y.Shape.C, factor, residual is null ? 0 : 1, count);
    }

    private static void GpuUndo(KernelContext cx, Tensor x, int factor, Tensor y)
    {
        var count = checked((int)y.Shape.Count);
        cx.Gpu.Launch(s_gather, ElementwiseQuads.OnePerThread(count), x, y, y.Shape.W, x.Shape.C, factor, count);
    }
}

internal static class PixelShuffleKernels
{
    /// <summary>Rows are counted over all images: those of y are <paramref name="factor"/> times those of x.</summary>
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void Spread(ArrayView<float> x, ArrayView<float> residual, ArrayView<float> y, int w, int c, int factor, int adds, int count)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        int pixel = i / c;
        int channel = i - (pixel * c);
        int row = pixel / (w * factor);
        int column = pixel - (row * w * factor);
        int small = (row / factor * w) + (column / factor);
        float value = x[(((small * c) + channel) * factor * factor) + (row % factor * factor) + (column % factor)];
        y[i] = adds != 0 ? value + residual[(small * c) + channel] : value;
    }

    /// <summary>As <see cref="Spread"/>, the other way; <paramref name="w"/> and <paramref name="c"/> are the small map's columns and the large map's channels.</summary>
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void Gather(ArrayView<float> x, ArrayView<float> y, int w, int c, int factor, int count)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        int square = factor * factor;
        int pixel = i / (c * square);
        int rest = i - (pixel * c * square);
        int channel = rest / square;
        int place = rest - (channel * square);
        int row = pixel / w;
        int column = pixel - (row * w);
        y[i] = x[(((((row * factor) + (place / factor)) * w * factor) + (column * factor) + (place % factor)) * c) + channel];
    }
}
