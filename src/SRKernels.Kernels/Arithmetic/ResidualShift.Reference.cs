using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class ResidualShift
{
    private static void Reference(Tensor zy, Tensor noise, float scale, Tensor y)
    {
        for (long i = 0; i < y.Shape.Count; i++)
        {
            var shift = scale * noise.Data[i];
            y.Data[i] = zy.Data[i] + shift;
        }
    }

    private static void Reference(Tensor xt, Tensor x0, Tensor? noise, float coef1, float coef2, float sigma, Tensor y)
    {
        for (long i = 0; i < y.Shape.Count; i++)
        {
            var (kept, pulled) = (coef1 * xt.Data[i], coef2 * x0.Data[i]);
            var mean = kept + pulled;
            y.Data[i] = noise is null ? mean : mean + (sigma * noise.Data[i]);
        }
    }
}
