using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

public static unsafe partial class NearestResize
{
    private static void Cpu(KernelContext cx, Tensor x, int factor, Tensor y) =>
        RowCopy.Run(
            cx, checked(x.Shape.N * x.Shape.H), (long)y.Shape.W * y.Shape.C * factor, new Rows(x.Data, y.Data, x.Shape.W, x.Shape.C, factor));

    /// <summary>Row = a row of the input; it becomes <c>factor</c> rows of the output.</summary>
    private readonly struct Rows(float* x, float* y, int w, int c, int factor) : IRowFill
    {
        public void Fill(int row)
        {
            var length = (long)w * factor * c;
            var first = y + (row * factor * length);
            var target = first;
            for (var source = x + ((long)row * w * c); target < first + length; source += c)
                for (var repeat = 0; repeat < factor; repeat++, target += c) RowCopy.Copy(source, target, c);
            for (var repeat = 1; repeat < factor; repeat++) RowCopy.Copy(first, first + (repeat * length), length);
        }
    }
}
