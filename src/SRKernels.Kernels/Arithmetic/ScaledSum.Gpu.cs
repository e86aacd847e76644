using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Arithmetic;

/*
 * y = factor a + b on the first channels of three maps. FourPerThread: thread i has four neighbouring channels, where all numbers of channels are
 * multiples of four; OnePerThread: one. 12 bytes of traffic an element: bound by memory on every device.
 */
public static partial class ScaledSum
{
    private static readonly KernelKey s_four = new(typeof(ScaledSumKernels).FullName!, nameof(ScaledSumKernels.FourPerThread));
    private static readonly KernelKey s_one = new(typeof(ScaledSumKernels).FullName!, nameof(ScaledSumKernels.OnePerThread));

    private static void Gpu(KernelContext cx, Tensor a, float factor, Tensor b, Tensor y, int channels)
    {
        var width = (a.Shape.C | b.Shape.C | y.Shape.C | channels) % 4 == 0 ? 4 : 1;
        var count = checked((int)(y.Shape.WithChannels(channels).Count / width));
        cx.Gpu.Launch(
            width == 4 ? s_four : s_one, ElementwiseQuads.OnePerThread(count), a, b, y, a.Shape.C / width, b.Shape.C / width, y.Shape.C / width, channels / width, count,
            factor);
    }
}

internal static class ScaledSumKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void FourPerThread(ArrayView<float> a, ArrayView<float> b, ArrayView<float> y, int ca, int cb, int cy, int channels, int count, float factor)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        int pixel = i / channels;
        int quad = i - (pixel * channels);
        Float4 v = a.AsAligned(16).Cast<Float4>()[(pixel * ca) + quad];
        Float4 w = b.AsAligned(16).Cast<Float4>()[(pixel * cb) + quad];
        v.X = (factor * v.X) + w.X;
        v.Y = (factor * v.Y) + w.Y;
        v.Z = (factor * v.Z) + w.Z;
        v.W = (factor * v.W) + w.W;
        y.AsAligned(16).Cast<Float4>()[(pixel * cy) + quad] = v;
    }

    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void OnePerThread(ArrayView<float> a, ArrayView<float> b, ArrayView<float> y, int ca, int cb, int cy, int channels, int count, float factor)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        int pixel = i / channels;
        int k = i - (pixel * channels);
        y[(pixel * cy) + k] = (factor * a[(pixel * ca) + k]) + b[(pixel * cb) + k];
    }
}
