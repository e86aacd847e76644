using ILGPU;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Resampling;

/*
 * sum[y + i, x + j] += r_i c_j tile[i, j], weight[y + i, x + j] += r_i c_j, later sum / weight. Place and weights are read from the device's
 * memory, so that a recorded launch serves every tile. Accumulate: thread i has element i of the tile; that of channel 0 of the first image adds
 * the pixel's weight too. Divide: thread i has element i of the sum. Contract is off: product first, as the definition says.
 */
public static partial class TileBlend
{
    private static readonly KernelKey s_clear = new(typeof(TileBlendKernels).FullName!, nameof(TileBlendKernels.Clear));
    private static readonly KernelKey s_accumulate = new(typeof(TileBlendKernels).FullName!, nameof(TileBlendKernels.Accumulate));
    private static readonly KernelKey s_divide = new(typeof(TileBlendKernels).FullName!, nameof(TileBlendKernels.Divide));

    private static void GpuClear(KernelContext cx, Tensor x) =>
        cx.Gpu.Launch(s_clear, ElementwiseQuads.OnePerThread(x.Shape.Count), x, checked((int)x.Shape.Count));

    private static void Gpu(KernelContext cx, Tensor sum, Tensor weight, Tensor tile, GpuView origin, GpuView rowWeights, GpuView columnWeights)
    {
        var (_, h, w, c) = tile.Shape;
        var count = checked((int)tile.Shape.Count);
        cx.Gpu.Launch(
            s_accumulate, ElementwiseQuads.OnePerThread(count), sum, weight, tile, origin, rowWeights, columnWeights, sum.Shape.H, sum.Shape.W, h, w,
            c, count);
    }

    private static void Gpu(KernelContext cx, Tensor sum, Tensor weight)
    {
        var count = checked((int)sum.Shape.Count);
        cx.Gpu.Launch(s_divide, ElementwiseQuads.OnePerThread(count), sum, weight, sum.Shape.Pixels, sum.Shape.C, count);
    }

    /// <summary>Weights as a view: ones where none are given.</summary>
    private static GpuView GpuWeights(KernelContext cx, ReadOnlySpan<float> weights, int count)
    {
        if (!weights.IsEmpty) return cx.Gpu.Constant(weights);
        var ones = new float[count];
        Array.Fill(ones, 1f);
        return cx.Gpu.Constant<float>(ones);
    }
}

internal static class TileBlendKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void Clear(ArrayView<float> x, int count)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i < count) x[i] = 0;
    }

    [Kernel(MaxThreads = ElementwiseQuads.Threads, Contract = false)]
    public static void Accumulate(
        ArrayView<float> sum, ArrayView<float> weight, ArrayView<float> tile, ArrayView<int> origin, ArrayView<float> rowWeights,
        ArrayView<float> columnWeights, int wholeH, int wholeW, int h, int w, int c, int count)
    {
        int at = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (at >= count) return;
        int pixel = at / c;
        int k = at - (pixel * c);
        int line = pixel / w;
        int j = pixel - (line * w);
        int image = line / h;
        int i = line - (image * h);
        float factor = rowWeights[i] * columnWeights[j];
        int place = ((origin[0] + i) * wholeW) + origin[1] + j;
        int to = (((image * wholeH * wholeW) + place) * c) + k;
        sum[to] = sum[to] + (factor * tile[at]);
        if (k == 0 && image == 0) weight[place] = weight[place] + factor;
    }

    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void Divide(ArrayView<float> sum, ArrayView<float> weight, int pixels, int c, int count)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i < count) sum[i] = sum[i] / weight[i / c % pixels];
    }
}
