using ILGPU;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Arithmetic;

/*
 * Prior: y = z_y + scale noise. Step: y = (coef1 x_t + coef2 x_0) + sigma noise, or without the noise. All of one shape; one kernel each.
 * Thread i has the elements 4 i .. 4 i + 3. Contract is off: every product and every sum is rounded by itself, as the definition says.
 * 12 to 16 bytes of traffic an element: bound by memory on every device.
 */
public static partial class ResidualShift
{
    private static readonly KernelKey s_prior = new(typeof(ResidualShiftKernels).FullName!, nameof(ResidualShiftKernels.Prior));
    private static readonly KernelKey s_step = new(typeof(ResidualShiftKernels).FullName!, nameof(ResidualShiftKernels.Step));
    private static readonly KernelKey s_stepWithoutNoise = new(typeof(ResidualShiftKernels).FullName!, nameof(ResidualShiftKernels.StepWithoutNoise));

    private static void Gpu(KernelContext cx, Tensor zy, Tensor noise, float scale, Tensor y) =>
        cx.Gpu.Launch(s_prior, ElementwiseQuads.Shape(y.Shape.Count), zy, noise, y, (int)y.Shape.Count, scale);

    private static void Gpu(KernelContext cx, Tensor xt, Tensor x0, Tensor? noise, float coef1, float coef2, float sigma, Tensor y)
    {
        var (shape, count) = (ElementwiseQuads.Shape(y.Shape.Count), (int)y.Shape.Count);
        if (noise is null) cx.Gpu.Launch(s_stepWithoutNoise, shape, xt, x0, y, count, coef1, coef2);
        else cx.Gpu.Launch(s_step, shape, xt, x0, noise, y, count, coef1, coef2, sigma);
    }
}

internal static class ResidualShiftKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads, Contract = false)]
    public static void Prior(ArrayView<float> zy, ArrayView<float> noise, ArrayView<float> y, int count, float scale) =>
        ElementwiseQuads.Map(zy, noise, y, count, new Shifted { Factor = scale });

    [Kernel(MaxThreads = ElementwiseQuads.Threads, Contract = false)]
    public static void Step(
        ArrayView<float> xt, ArrayView<float> x0, ArrayView<float> noise, ArrayView<float> y, int count, float coef1, float coef2, float sigma) =>
        ElementwiseQuads.Map(xt, x0, noise, y, count, new Noisy { Mean = new Mean { Coef1 = coef1, Coef2 = coef2 }, Sigma = sigma });

    [Kernel(MaxThreads = ElementwiseQuads.Threads, Contract = false)]
    public static void StepWithoutNoise(ArrayView<float> xt, ArrayView<float> x0, ArrayView<float> y, int count, float coef1, float coef2) =>
        ElementwiseQuads.Map(xt, x0, y, count, new Mean { Coef1 = coef1, Coef2 = coef2 });

    private struct Shifted : IDeviceBinary
    {
        public float Factor;

        public readonly float Of(float zy, float noise) => zy + (Factor * noise);
    }

    private struct Mean : IDeviceBinary
    {
        public float Coef1;
        public float Coef2;

        public readonly float Of(float xt, float x0) => (Coef1 * xt) + (Coef2 * x0);
    }

    private struct Noisy : IDeviceTernary
    {
        public Mean Mean;
        public float Sigma;

        public readonly float Of(float xt, float x0, float noise) => Mean.Of(xt, x0) + (Sigma * noise);
    }
}
