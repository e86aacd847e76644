using ILGPU;
using ILGPU.Algorithms;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Resampling;

/*
 * y[n, i, j, k] = sum over 4 x 4 taps of weight(i) weight(j) x, indices clamped to the map. OnePerThread: thread i makes element i of y: first
 * four columns of four taps each, then their weighted sum. weights [scale, 4]: a set for each phase, made in double on the host. The sixteen
 * reads of neighbours meet in the caches. For pictures of a few channels at the two ends of a run: no wide form.
 */
public static partial class BicubicResize
{
    private static readonly KernelKey s_kernel = new(typeof(BicubicResizeKernels).FullName!, nameof(BicubicResizeKernels.OnePerThread));

    private static void Gpu(KernelContext cx, Tensor x, int scale, Tensor y)
    {
        var weights = new float[4 * scale];
        for (var i = 0; i < weights.Length; i++) weights[i] = (float)Weight(i / 4, scale, i % 4);
        var (_, h, w, c) = x.Shape;
        var count = checked((int)y.Shape.Count);
        cx.Gpu.Launch(s_kernel, ElementwiseQuads.OnePerThread(count), x, cx.Gpu.Constant<float>(weights), y, h, w, c, scale, count);
    }
}

internal static class BicubicResizeKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void OnePerThread(ArrayView<float> x, ArrayView<float> weights, ArrayView<float> y, int h, int w, int c, int scale, int count)
    {
        int at = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (at >= count) return;
        int pixel = at / c;
        int k = at - (pixel * c);
        int line = pixel / (w * scale);
        int j = pixel - (line * w * scale);
        int image = line / (h * scale);
        int i = line - (image * h * scale);
        int row = FirstTap(i, scale);
        int column = FirstTap(j, scale);
        int rowWeights = (i % scale) * 4;
        int columnWeights = (j % scale) * 4;
        float sum = 0;
        for (int tx = 0; tx < 4; tx++)
        {
            int source = (XMath.Clamp(column + tx, 0, w - 1) * c) + k;
            float part = 0;
            for (int ty = 0; ty < 4; ty++)
                part += weights[rowWeights + ty] * x[(((image * h) + XMath.Clamp(row + ty, 0, h - 1)) * w * c) + source];
            sum += weights[columnWeights + tx] * part;
        }

        y[at] = sum;
    }

    // floor((o + 1/2) / scale - 1/2) - 1 without a division in floating point.
    private static int FirstTap(int o, int scale) => (((2 * o) + 1 + scale) / (2 * scale)) - 2;
}
