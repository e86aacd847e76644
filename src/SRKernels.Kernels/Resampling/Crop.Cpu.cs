using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class Crop
{
    private static void Cpu(KernelContext cx, Tensor x, int top, int left, Tensor y) =>
        RowCopy.Run(cx, checked(y.Shape.N * y.Shape.H), (long)y.Shape.W * y.Shape.C, new Rows(x.Data, y.Data, x.Shape, y.Shape, top, left));

    private readonly struct Rows(float* x, float* y, Shape from, Shape to, int top, int left) : IRowFill
    {
        public void Fill(int row)
        {
            var source = ((((long)(row / to.H) * from.H) + top + (row % to.H)) * from.W) + left;
            RowCopy.Copy(x + (source * to.C), y + ((long)row * to.W * to.C), (long)to.W * to.C);
        }
    }
}
