using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class ReflectPad
{
    private static void Cpu(KernelContext cx, Tensor x, Tensor y) =>
        RowCopy.Run(cx, checked(y.Shape.N * y.Shape.H), (long)y.Shape.W * y.Shape.C, new Rows(x.Data, y.Data, x.Shape, y.Shape));

    private readonly struct Rows(float* x, float* y, Shape from, Shape to) : IRowFill
    {
        public void Fill(int row)
        {
            var c = from.C;
            var source = x + (((long)(row / to.H * from.H) + Bounce(row % to.H, from.H)) * from.W * c);
            var target = y + ((long)row * to.W * c);
            RowCopy.Copy(source, target, (long)from.W * c);
            for (var j = from.W; j < to.W; j++) RowCopy.Copy(source + ((long)Bounce(j, from.W) * c), target + ((long)j * c), c);
        }
    }
}
