using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class Clamp
{
    private static void Reference(Tensor x, float low, float high, Tensor y)
    {
        for (long i = 0; i < x.Shape.Count; i++)
        {
            var value = x.Data[i];
            y.Data[i] = value < low ? low : high < value ? high : value;
        }
    }
}
