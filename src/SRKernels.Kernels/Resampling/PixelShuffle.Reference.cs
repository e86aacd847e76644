using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class PixelShuffle
{
    private static void Reference(Tensor x, int factor, Tensor? residual, Tensor y)
    {
        var (_, h, w, c) = y.Shape;
        for (var n = 0; n < y.Shape.N; n++)
            for (var i = 0; i < h; i++)
                for (var j = 0; j < w; j++)
                    for (var k = 0; k < c; k++)
                    {
                        var pixel = ((long)(i / factor) * x.Shape.W) + (j / factor);
                        var value = x.Image(n)[(pixel * x.Shape.C) + (k * factor * factor) + (i % factor * factor) + (j % factor)];
                        y.Image(n)[((((long)i * w) + j) * c) + k] = residual is null ? value : value + residual.Image(n)[(pixel * c) + k];
                    }
    }

    private static void ReferenceUndo(Tensor x, int factor, Tensor y)
    {
        var (_, h, w, c) = x.Shape;
        for (var n = 0; n < x.Shape.N; n++)
            for (var i = 0; i < h; i++)
                for (var j = 0; j < w; j++)
                    for (var k = 0; k < c; k++)
                    {
                        var pixel = ((long)(i / factor) * y.Shape.W) + (j / factor);
                        y.Image(n)[(pixel * y.Shape.C) + (k * factor * factor) + (i % factor * factor) + (j % factor)] = x.Image(n)[((((long)i * w) + j) * c) + k];
                    }
    }
}
