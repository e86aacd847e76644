using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class Concat
{
    private static void Cpu(KernelContext cx, Tensor a, Tensor b, Tensor y) =>
        RowCopy.Run(cx, checked(y.Shape.N * y.Shape.H), (long)y.Shape.W * y.Shape.C, new Rows(a.Data, b.Data, y.Data, y.Shape.W, a.Shape.C, b.Shape.C));

    private readonly struct Rows(float* a, float* b, float* y, int w, int ca, int cb) : IRowFill
    {
        public void Fill(int row)
        {
            var first = a + ((long)row * w * ca);
            var second = b + ((long)row * w * cb);
            var target = y + ((long)row * w * (ca + cb));
            for (var j = 0; j < w; j++, first += ca, second += cb, target += ca + cb)
            {
                RowCopy.Copy(first, target, ca);
                RowCopy.Copy(second, target + ca, cb);
            }
        }
    }
}
