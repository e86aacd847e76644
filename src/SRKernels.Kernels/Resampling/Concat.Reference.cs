using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class Concat
{
    private static void Reference(Tensor a, Tensor b, Tensor y)
    {
        var (ca, cb) = (a.Shape.C, b.Shape.C);
        for (long p = 0; p < y.Shape.Count / y.Shape.C; p++)
        {
            for (var i = 0; i < ca; i++) y.Data[(p * (ca + cb)) + i] = a.Data[(p * ca) + i];
            for (var i = 0; i < cb; i++) y.Data[(p * (ca + cb)) + ca + i] = b.Data[(p * cb) + i];
        }
    }
}
