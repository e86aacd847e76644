using ILGPU;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Language;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Activations;

/*
 * y = x/2 (1 + erf(x / sqrt 2)), x and y of any one shape. FourPerThread: thread i has the elements 4 i .. 4 i + 3. 8 bytes of traffic an
 * element: bound by memory on every device.
 */
public static partial class Gelu
{
    private static readonly KernelKey s_kernel = new(typeof(GeluKernels).FullName!, nameof(GeluKernels.FourPerThread));

    private static void Gpu(KernelContext cx, Tensor x, Tensor y) =>
        cx.Gpu.Launch(s_kernel, ElementwiseQuads.Shape(x.Shape.Count), x, y, (int)x.Shape.Count);
}

internal static class GeluKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    public static void FourPerThread(ArrayView<float> x, ArrayView<float> y, int count) =>
        ElementwiseQuads.Map(x, y, count, default(Function));

    private readonly struct Function : IDeviceUnary
    {
        public float Of(float x) => DeviceActivation.GeluErf(x);
    }
}
