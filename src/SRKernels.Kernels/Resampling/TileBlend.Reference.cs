using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class TileBlend
{
    private static void Reference(Tensor sum, Tensor weight, Tensor tile, int y, int x, ReadOnlySpan<float> rowWeights, ReadOnlySpan<float> columnWeights)
    {
        var (images, h, w, c) = tile.Shape;
        for (var i = 0; i < h; i++)
            for (var j = 0; j < w; j++)
            {
                var factor = (rowWeights.IsEmpty ? 1 : rowWeights[i]) * (columnWeights.IsEmpty ? 1 : columnWeights[j]);
                var pixel = ((long)(y + i) * sum.Shape.W) + x + j;
                weight.Data[pixel] += factor;
                for (var n = 0; n < images; n++)
                    for (var k = 0; k < c; k++) sum.Image(n)[(pixel * c) + k] += factor * tile.Image(n)[((((long)i * w) + j) * c) + k];
            }
    }

    private static void Reference(Tensor sum, Tensor weight, int rows)
    {
        var (images, _, w, c) = sum.Shape;
        for (var n = 0; n < images; n++)
            for (long pixel = 0; pixel < (long)rows * w; pixel++)
                for (var k = 0; k < c; k++) sum.Image(n)[(pixel * c) + k] /= weight.Data[pixel];
    }
}
