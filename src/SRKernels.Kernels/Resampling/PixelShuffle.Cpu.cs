using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class PixelShuffle
{
    private static void Cpu(KernelContext cx, Tensor x, int factor, Tensor? residual, Tensor y) =>
        RowCopy.Run(
            cx, checked(y.Shape.N * y.Shape.H), (long)y.Shape.W * y.Shape.C,
            new Spread(x.Data, residual is null ? null : residual.Data, y.Data, x.Shape.W, y.Shape.C, factor));

    private static void CpuUndo(KernelContext cx, Tensor x, int factor, Tensor y) =>
        RowCopy.Run(
            cx, checked(y.Shape.N * y.Shape.H), (long)y.Shape.W * y.Shape.C, new Gathered(x.Data, y.Data, y.Shape.W, x.Shape.C, factor));

    /// <summary>A row of the large map: it has one row of each square, so every pixel of a row of the small one gives <c>factor</c> neighbours.</summary>
    private readonly struct Spread(float* x, float* residual, float* y, int w, int c, int factor) : IRowFill
    {
        public void Fill(int row)
        {
            var square = factor * factor;
            var from = x + ((long)(row / factor) * w * c * square) + (row % factor * factor);
            var added = residual is null ? null : residual + ((long)(row / factor) * w * c);
            var to = y + ((long)row * w * factor * c);
            for (var j = 0; j < w; j++, from += c * square)
            {
                for (var b = 0; b < factor; b++, to += c)
                    for (var k = 0; k < c; k++) to[k] = added is null ? from[(k * square) + b] : from[(k * square) + b] + added[k];
                if (added is not null) added += c;
            }
        }
    }

    /// <summary>A row of the small map, from <c>factor</c> rows of the large one.</summary>
    private readonly struct Gathered(float* x, float* y, int w, int c, int factor) : IRowFill
    {
        public void Fill(int row)
        {
            var square = factor * factor;
            var length = (long)w * factor * c;
            for (var a = 0; a < factor; a++)
            {
                var from = x + (((row * (long)factor) + a) * length);
                var to = y + ((long)row * w * c * square) + (a * factor);
                for (var j = 0; j < w; j++, to += c * square)
                    for (var b = 0; b < factor; b++, from += c)
                        for (var k = 0; k < c; k++) to[(k * square) + b] = from[k];
            }
        }
    }
}
