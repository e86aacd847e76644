using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class NearestResize
{
    private static void Reference(Tensor x, int factor, Tensor y)
    {
        var (_, h, w, c) = y.Shape;
        for (var n = 0; n < y.Shape.N; n++)
            for (var i = 0; i < h; i++)
                for (var j = 0; j < w; j++)
                    for (var k = 0; k < c; k++)
                        y.Image(n)[((((long)i * w) + j) * c) + k] = x.Image(n)[((((long)(i / factor) * x.Shape.W) + (j / factor)) * c) + k];
    }
}
