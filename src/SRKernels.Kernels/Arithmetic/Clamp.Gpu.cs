using ILGPU;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Arithmetic;

/*
 * y = min(max(x, low), high). FourPerThread: thread i has the elements 4 i .. 4 i + 3. 8 bytes of traffic an element: bound by memory on
 * every device. Written with comparisons, not with minima: NaN and the sign of zero come out the same everywhere.
 */
public static partial class Clamp
{
    private static readonly KernelKey s_kernel = new(typeof(ClampKernels).FullName!, nameof(ClampKernels.FourPerThread));

    private static void Gpu(KernelContext cx, Tensor x, float low, float high, Tensor y) =>
        cx.Gpu.Launch(s_kernel, ElementwiseQuads.Shape(x.Shape.Count), x, y, (int)x.Shape.Count, low, high);
}

internal static class ClampKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void FourPerThread(ArrayView<float> x, ArrayView<float> y, int count, float low, float high) =>
        ElementwiseQuads.Map(x, y, count, new Function { Low = low, High = high });

    private struct Function : IDeviceUnary
    {
        public float Low;
        public float High;

        public readonly float Of(float x) => x < Low ? Low : High < x ? High : x;
    }
}
