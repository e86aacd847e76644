using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class ReflectPad
{
    private static void Reference(Tensor x, Tensor y)
    {
        var (_, h, w, c) = x.Shape;
        for (var n = 0; n < y.Shape.N; n++)
            for (var i = 0; i < y.Shape.H; i++)
                for (var j = 0; j < y.Shape.W; j++)
                    for (var k = 0; k < c; k++)
                        y.Image(n)[((((long)i * y.Shape.W) + j) * c) + k] = x.Image(n)[((((long)Bounce(i, h) * w) + Bounce(j, w)) * c) + k];
    }
}
