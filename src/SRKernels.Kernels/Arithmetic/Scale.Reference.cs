using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class Scale
{
    private static void ReferenceMultiply(Tensor x, float factor, Tensor y)
    {
        for (long i = 0; i < x.Shape.Count; i++) y.Data[i] = x.Data[i] * factor;
    }

    private static void ReferenceDivide(Tensor x, float divisor, Tensor y)
    {
        for (long i = 0; i < x.Shape.Count; i++) y.Data[i] = x.Data[i] / divisor;
    }
}
