using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class ScaledSum
{
    private static void Reference(Tensor a, float factor, Tensor b, Tensor y, int channels)
    {
        for (long p = 0; p < (long)y.Shape.N * y.Shape.Pixels; p++)
            for (var i = 0; i < channels; i++)
                y.Data[(p * y.Shape.C) + i] = MathF.FusedMultiplyAdd(factor, a.Data[(p * a.Shape.C) + i], b.Data[(p * b.Shape.C) + i]);
    }
}
