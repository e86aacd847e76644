using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class BicubicResize
{
    private static void Reference(Tensor x, int scale, Tensor y)
    {
        var (_, h, w, c) = x.Shape;
        for (var n = 0; n < y.Shape.N; n++)
            for (var i = 0; i < y.Shape.H; i++)
                for (var j = 0; j < y.Shape.W; j++)
                    for (var k = 0; k < c; k++)
                    {
                        double sum = 0;
                        for (var ty = 0; ty < 4; ty++)
                            for (var tx = 0; tx < 4; tx++)
                            {
                                var row = Math.Clamp(FirstTap(i, scale) + ty, 0, h - 1);
                                var column = Math.Clamp(FirstTap(j, scale) + tx, 0, w - 1);
                                sum += Weight(i, scale, ty) * Weight(j, scale, tx) * x.Image(n)[((((long)row * w) + column) * c) + k];
                            }

                        y.Image(n)[((((long)i * y.Shape.W) + j) * c) + k] = (float)sum;
                    }
    }
}
