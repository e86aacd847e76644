using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Activations;

public static unsafe partial class Silu
{
    private static void Reference(Tensor x, Tensor y)
    {
        for (long i = 0; i < x.Shape.Count; i++) y.Data[i] = (float)ReferenceActivation.Silu(x.Data[i]);
    }
}
