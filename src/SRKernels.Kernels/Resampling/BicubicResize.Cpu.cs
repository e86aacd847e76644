using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Resampling;

/*
 * Threads over output rows. A row is first the weighted sum of four input rows (lanes over columns and channels), then every output
 * column the weighted sum of four of its pixels. Weights are made in double precision and rounded once; one set for each phase.
 */
public static unsafe partial class BicubicResize
{
    private static void Cpu(KernelContext cx, Tensor x, int scale, Tensor y)
    {
        var (_, _, w, c) = x.Shape;
        // Four weights for each phase; in a tensor so that nothing is allocated.
        using var weights = cx.Rent(1, 1, scale, 4);
        for (var phase = 0; phase < scale; phase++)
            for (var tap = 0; tap < 4; tap++) weights.Data[(phase * 4) + tap] = (float)Weight(phase, scale, tap);
        using var rows = cx.Rent(cx.Workers.Count, 1, w, c);
        var body = new Body(x.Data, weights.Data, rows.Data, y.Data, x.Shape, scale);
        cx.Workers.Run(checked(y.Shape.N * y.Shape.H), ref body);
    }

    private readonly struct Body(float* x, float* weights, float* rows, float* y, Shape from, int scale) : IParallelBody
    {
        public void Invoke(int index, int worker)
        {
            var (_, h, w, c) = from;
            var length = w * c;
            var row = rows + ((long)worker * length);
            var (image, i) = (index / (h * scale), index % (h * scale));
            var first = FirstTap(i, scale);
            var source = x + ((long)image * h * length);
            var at = 0;
            if (Vector512.IsHardwareAccelerated) at = Rows<Simd512, Vector512<float>>(source, first, i % scale, at, row);
            if (Vector256.IsHardwareAccelerated) at = Rows<Simd256, Vector256<float>>(source, first, i % scale, at, row);
            if (Vector128.IsHardwareAccelerated) at = Rows<Simd128, Vector128<float>>(source, first, i % scale, at, row);
            Rows<SimdScalar, float>(source, first, i % scale, at, row);
            Columns(row, y + ((long)index * length * scale));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private int Rows<S, V>(float* source, int first, int phase, int at, float* row)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            var (h, length) = (from.H, from.W * from.C);
            var r0 = source + ((long)Math.Clamp(first, 0, h - 1) * length);
            var r1 = source + ((long)Math.Clamp(first + 1, 0, h - 1) * length);
            var r2 = source + ((long)Math.Clamp(first + 2, 0, h - 1) * length);
            var r3 = source + ((long)Math.Clamp(first + 3, 0, h - 1) * length);
            var w = weights + (phase * 4);
            V w0 = S.Splat(w[0]), w1 = S.Splat(w[1]), w2 = S.Splat(w[2]), w3 = S.Splat(w[3]);
            for (; at <= length - S.Lanes; at += S.Lanes)
            {
                var sum = S.Multiply(w0, S.Load(r0 + at));
                sum = S.Fma(w1, S.Load(r1 + at), sum);
                sum = S.Fma(w2, S.Load(r2 + at), sum);
                S.Store(S.Fma(w3, S.Load(r3 + at), sum), row + at);
            }

            return at;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Columns(float* row, float* target)
        {
            var (_, _, w, c) = from;
            for (var j = 0; j < w * scale; j++, target += c)
            {
                var first = FirstColumn(j);
                var t0 = row + (Math.Clamp(first, 0, w - 1) * c);
                var t1 = row + (Math.Clamp(first + 1, 0, w - 1) * c);
                var t2 = row + (Math.Clamp(first + 2, 0, w - 1) * c);
                var t3 = row + (Math.Clamp(first + 3, 0, w - 1) * c);
                var v = weights + (j % scale * 4);
                for (var k = 0; k < c; k++)
                    target[k] = MathF.FusedMultiplyAdd(v[3], t3[k], MathF.FusedMultiplyAdd(v[2], t2[k], MathF.FusedMultiplyAdd(v[1], t1[k], v[0] * t0[k])));
            }
        }

        // FirstTap without the division in floating point: floor((2 j + 1 - scale) / (2 scale)) - 1.
        private int FirstColumn(int j) => ((((2 * j) + 1 + scale) / (2 * scale)) - 2);
    }
}
