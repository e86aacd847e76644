using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

/*
 * Threads over rows. With few channels (an image has three) lanes run over columns and channels together where the factor is the same for
 * the whole row; a factor for each column goes pixel by pixel.
 */
public static unsafe partial class TileBlend
{
    private static void Cpu(
        KernelContext cx, Tensor sum, Tensor weight, Tensor tile, int y, int x, ReadOnlySpan<float> rowWeights, ReadOnlySpan<float> columnWeights)
    {
        fixed (float* rows = rowWeights)
        fixed (float* columns = columnWeights)
            RowCopy.Run(
                cx, checked(tile.Shape.N * tile.Shape.H), (long)tile.Shape.W * tile.Shape.C,
                new Adding(sum.Data, weight.Data, tile.Data, sum.Shape, tile.Shape, y, x, rows, columns));
    }

    // Of several maps always all rows.
    private static void Cpu(KernelContext cx, Tensor sum, Tensor weight, int rows) =>
        RowCopy.Run(
            cx, checked(sum.Shape.N * rows), (long)sum.Shape.W * sum.Shape.C, new Dividing(sum.Data, weight.Data, sum.Shape));

    private readonly struct Adding(float* sum, float* weight, float* tile, Shape whole, Shape part, int y, int x, float* rows, float* columns)
        : IRowFill
    {
        public void Fill(int row)
        {
            var (image, i) = (row / part.H, row % part.H);
            var c = part.C;
            var factor = rows == null ? 1 : rows[i];
            var pixel = ((long)(y + i) * whole.W) + x;
            var source = tile + ((long)row * part.W * c);
            var target = sum + ((((long)image * whole.H * whole.W) + pixel) * c);
            if (columns == null) AddRow(source, target, factor, part.W * c);
            else
                for (var j = 0; j < part.W; j++)
                    for (var k = 0; k < c; k++)
                    {
                        var product = factor * columns[j];
                        target[(j * c) + k] += product * source[(j * c) + k];
                    }

            if (image != 0) return;
            for (var j = 0; j < part.W; j++) weight[pixel + j] += columns == null ? factor : factor * columns[j];
        }

        private static void AddRow(float* source, float* target, float factor, int count)
        {
            var i = 0;
            if (Vector512.IsHardwareAccelerated) i = Add<Simd512, Vector512<float>>(source, target, factor, i, count);
            if (Vector256.IsHardwareAccelerated) i = Add<Simd256, Vector256<float>>(source, target, factor, i, count);
            if (Vector128.IsHardwareAccelerated) i = Add<Simd128, Vector128<float>>(source, target, factor, i, count);
            Add<SimdScalar, float>(source, target, factor, i, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static int Add<S, V>(float* source, float* target, float factor, int i, int count)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            for (; i <= count - S.Lanes; i += S.Lanes)
                S.Store(S.Add(S.Load(target + i), S.Multiply(S.Splat(factor), S.Load(source + i))), target + i);
            return i;
        }
    }

    private readonly struct Dividing(float* sum, float* weight, Shape whole) : IRowFill
    {
        public void Fill(int row)
        {
            var weights = weight + ((long)(row % whole.H) * whole.W);
            var target = sum + ((long)row * whole.W * whole.C);
            for (var j = 0; j < whole.W; j++)
                for (var k = 0; k < whole.C; k++) target[(j * whole.C) + k] /= weights[j];
        }
    }
}
