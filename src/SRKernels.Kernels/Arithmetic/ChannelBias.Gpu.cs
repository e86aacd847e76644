using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Arithmetic;

/*
 * y [n, h, w, c] = x [n, h, w, c] + b [n, c]. Grid: elements x images. FourPerThread: thread i has the elements 4 i .. 4 i + 3 of its image, where c is a
 * multiple of four; OnePerThread: element i. 8 bytes of traffic an element: bound by memory on every device.
 */
public static partial class ChannelBias
{
    private static readonly KernelKey s_fourPerThread = new(typeof(ChannelBiasKernels).FullName!, nameof(ChannelBiasKernels.FourPerThread));
    private static readonly KernelKey s_onePerThread = new(typeof(ChannelBiasKernels).FullName!, nameof(ChannelBiasKernels.OnePerThread));

    private static void Gpu(KernelContext cx, Tensor x, Tensor bias, Tensor y)
    {
        var width = x.Shape.C % 4 == 0 ? 4 : 1;
        var items = checked(x.Shape.Pixels * x.Shape.C) / width;
        var shape = new LaunchShape(new Extent(ElementwiseQuads.OnePerThread(items).Grid.X, x.Shape.N), new Extent(ElementwiseQuads.Threads));
        cx.Gpu.Launch(width == 4 ? s_fourPerThread : s_onePerThread, shape, x, bias, y, items, x.Shape.C / width);
    }
}

internal static class ChannelBiasKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void FourPerThread(ArrayView<float> x, ArrayView<float> bias, ArrayView<float> y, int items, int quads)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= items) return;
        int channel = i - ((int)((uint)i / (uint)quads) * quads);
        int at = (Grid.IdxY * items) + i;
        Float4 v = x.AsAligned(16).Cast<Float4>()[at];
        Float4 b = bias.AsAligned(16).Cast<Float4>()[(Grid.IdxY * quads) + channel];
        y.AsAligned(16).Cast<Float4>()[at] = new Float4 { X = v.X + b.X, Y = v.Y + b.Y, Z = v.Z + b.Z, W = v.W + b.W };
    }

    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void OnePerThread(ArrayView<float> x, ArrayView<float> bias, ArrayView<float> y, int items, int c)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= items) return;
        int channel = i - ((int)((uint)i / (uint)c) * c);
        int at = (Grid.IdxY * items) + i;
        y[at] = x[at] + bias[(Grid.IdxY * c) + channel];
    }
}
