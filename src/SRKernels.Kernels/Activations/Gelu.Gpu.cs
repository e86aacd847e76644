using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Activations;

/*
 * y = x/2 (1 + erf(x / sqrt 2)), x and y of any one shape, by ActivationKernels.FourPerThread.
 */
public static partial class Gelu
{
    private static readonly KernelKey s_kernel = new(typeof(ActivationKernels).FullName!, nameof(ActivationKernels.FourPerThread)) { Specialized = [(long)Activation.GeluErf] };

    private static void Gpu(KernelContext cx, Tensor x, Tensor y) =>
        cx.Gpu.Launch(s_kernel, ElementwiseQuads.Shape(x.Shape.Count), x, y, (int)x.Shape.Count);
}
