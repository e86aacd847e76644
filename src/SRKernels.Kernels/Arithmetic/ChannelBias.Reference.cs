using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class ChannelBias
{
    private static void Reference(Tensor x, Tensor bias, Tensor y)
    {
        var (n, _, _, c) = x.Shape;
        long at = 0;
        for (var image = 0; image < n; image++)
            for (var pixel = 0; pixel < x.Shape.Pixels; pixel++)
                for (var i = 0; i < c; i++, at++)
                    y.Data[at] = x.Data[at] + bias.Data[(image * c) + i];
    }
}
