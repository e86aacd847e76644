using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class FiniteCheck
{
    /// <summary>The first element that is not finite, or -1.</summary>
    private static long Reference(Tensor x)
    {
        for (long i = 0; i < x.Shape.Count; i++)
            if (!float.IsFinite(x.Data[i])) return i;
        return -1;
    }
}
