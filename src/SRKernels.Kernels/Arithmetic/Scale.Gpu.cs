using ILGPU;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Arithmetic;

/*
 * y = x factor, y = x factor + offset, y = x / divisor (a true quotient). All kernels: thread i has the elements 4 i .. 4 i + 3. 8 bytes of traffic an element:
 * bound by memory on every device.
 */
public static partial class Scale
{
    private static readonly KernelKey s_multiply = new(typeof(ScaleKernels).FullName!, nameof(ScaleKernels.Multiply));
    private static readonly KernelKey s_multiplyAdd = new(typeof(ScaleKernels).FullName!, nameof(ScaleKernels.MultiplyAdd));
    private static readonly KernelKey s_divide = new(typeof(ScaleKernels).FullName!, nameof(ScaleKernels.Divide));

    private static void Gpu(KernelContext cx, KernelKey kernel, Tensor x, float number, Tensor y) =>
        cx.Gpu.Launch(kernel, ElementwiseQuads.Shape(x.Shape.Count), x, y, (int)x.Shape.Count, number);
}

internal static class ScaleKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void Multiply(ArrayView<float> x, ArrayView<float> y, int count, float factor) =>
        ElementwiseQuads.Map(x, y, count, new Product { Factor = factor });

    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void MultiplyAdd(ArrayView<float> x, ArrayView<float> y, int count, float factor, float offset) =>
        ElementwiseQuads.Map(x, y, count, new Moved { Factor = factor, Offset = offset });

    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void Divide(ArrayView<float> x, ArrayView<float> y, int count, float divisor) =>
        ElementwiseQuads.Map(x, y, count, new Quotient { Divisor = divisor });

    private struct Product : IDeviceUnary
    {
        public float Factor;

        public readonly float Of(float x) => x * Factor;
    }

    private struct Moved : IDeviceUnary
    {
        public float Factor;
        public float Offset;

        public readonly float Of(float x) => (x * Factor) + Offset;
    }

    private struct Quotient : IDeviceUnary
    {
        public float Divisor;

        public readonly float Of(float x) => x / Divisor;
    }
}
