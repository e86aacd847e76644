using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class Crop
{
    private static void Reference(Tensor x, int top, int left, Tensor y)
    {
        var (images, h, w, c) = y.Shape;
        for (var n = 0; n < images; n++)
            for (var i = 0; i < h; i++)
                for (var j = 0; j < w; j++)
                    for (var k = 0; k < c; k++)
                        y.Image(n)[((((long)i * w) + j) * c) + k] = x.Image(n)[((((long)(top + i) * x.Shape.W) + left + j) * c) + k];
    }
}
