using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class Scale
{
    private static void ReferenceMultiply(Tensor x, float factor, Tensor y)
    {
        for (long i = 0; i < x.Shape.Count; i++) y.Data[i] = x.Data[i] * factor;
    }

    private static void ReferenceMultiplyAdd(Tensor x, float factor, float offset, Tensor y)
    {
        for (long i = 0; i < x.Shape.Count; i++) y.Data[i] = MathF.FusedMultiplyAdd(x.Data[i], factor, offset);
    }

    private static void ReferenceDivide(Tensor x, float divisor, Tensor y)
    {
        for (long i = 0; i < x.Shape.Count; i++) y.Data[i] = x.Data[i] / divisor;
    }
}
