using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Quantization;

/*
 * Lanes over codes, four pixels side by side (a loaded code serves all four), threads over blocks of pixels. Each lane keeps its smallest
 * distance and the code that had it; the lanes are compared at the end by distance, then code. Codes are counted in fp32: exact below 2^24.
 * 2 z.e is exact, so subtracting it by a fused multiply-add rounds once, as the definition does: the same indices at every width.
 */
public static unsafe partial class NearestCode
{
    private const int BlockPixels = 64;
    private const int Abreast = 4;

    private static void Cpu(KernelContext cx, Tensor z, CodeBook book, Span<int> indices, Span<float> gap, Tensor y)
    {
        var pixels = z.Shape.N * z.Shape.Pixels;
        using var unwanted = cx.Rent(1, 1, 1, indices.IsEmpty ? pixels : 1);
        fixed (int* wanted = indices)
        fixed (float* gaps = gap)
        {
            var body = new Body(z.Data, book, wanted != null ? wanted : (int*)unwanted.Data, gaps, y.Data, pixels);
            cx.Workers.Run((pixels + BlockPixels - 1) / BlockPixels, ref body);
        }
    }

    private readonly struct Body(float* z, CodeBook book, int* indices, float* gaps, float* y, int pixels) : IParallelBody
    {
        public void Invoke(int index, int worker)
        {
            var end = Math.Min(pixels, (index + 1) * BlockPixels);
            for (var p = index * BlockPixels; p < end; p += Abreast)
            {
                var group = new Group(z + ((long)p * book.Dim), book, indices + p, gaps == null ? null : gaps + p, Math.Min(Abreast, end - p));
                group.Search();
                for (var q = 0; q < group.Count; q++)
                    for (var d = 0; d < book.Dim; d++)
                    {
                        var at = ((long)(p + q) * book.Dim) + d;
                        y[at] = z[at] + (book.Row(d)[indices[p + q]] - z[at]);
                    }
            }
        }
    }

    /// <summary>Up to four pixels that search together; absent ones repeat the last.</summary>
    private readonly struct Group(float* z, CodeBook book, int* indices, float* gaps, int count)
    {
        public int Count => count;

        public void Search()
        {
            var vectors = stackalloc float[Abreast * book.Dim];
            var squares = stackalloc float[Abreast];
            for (var q = 0; q < Abreast; q++)
            {
                squares[q] = 0;
                for (var d = 0; d < book.Dim; d++)
                {
                    var value = z[(Math.Min(q, count - 1) * book.Dim) + d];
                    vectors[(d * Abreast) + q] = value;
                    squares[q] += value * value;
                }
            }

            if (Vector512.IsHardwareAccelerated) Scan<Simd512, Vector512<float>>(vectors, squares);
            else if (Vector256.IsHardwareAccelerated) Scan<Simd256, Vector256<float>>(vectors, squares);
            else if (Vector128.IsHardwareAccelerated) Scan<Simd128, Vector128<float>>(vectors, squares);
            else Scan<SimdScalar, float>(vectors, squares);
        }

        private void Scan<S, V>(float* vectors, float* squares)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            var lanes = S.Lanes;
            var best = stackalloc float[3 * Abreast * lanes];
            var code = best + (Abreast * lanes);
            var second = code + (Abreast * lanes);
            if (gaps != null) LanesWithSecond<S, V>(vectors, squares, best, code, second);
            else LanesOnly<S, V>(vectors, squares, best, code);
            for (var q = 0; q < count; q++)
            {
                var (b, i, s) = (float.PositiveInfinity, 0, float.PositiveInfinity);
                for (var lane = q * lanes; lane < (q + 1) * lanes; lane++)
                {
                    if (gaps != null) s = Math.Min(s, second[lane]);
                    Challenge(best[lane], (int)code[lane], ref b, ref i, ref s);
                }

                for (var tail = book.Count / lanes * lanes; tail < book.Count; tail++) Challenge(Distance(vectors, squares, q, tail), tail, ref b, ref i, ref s);
                indices[q] = i;
                if (gaps != null) gaps[q] = s - b;
            }
        }

        private static void Challenge(float distance, int code, ref float best, ref int index, ref float second)
        {
            if (distance < best || (distance == best && code < index))
            {
                (second, best, index) = (Math.Min(second, best), distance, code);
                return;
            }

            if (distance < second) second = distance;
        }

        private float Distance(float* vectors, float* squares, int q, int code)
        {
            var dot = 0f;
            for (var d = 0; d < book.Dim; d++) dot = MathF.FusedMultiplyAdd(vectors[(d * Abreast) + q], book.Row(d)[code], dot);
            return (squares[q] + book.SquaredNorms[code]) - (2 * dot);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void LanesOnly<S, V>(float* vectors, float* squares, float* best, float* code)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            V b0 = S.Splat(float.PositiveInfinity), b1 = b0, b2 = b0, b3 = b0;
            V i0 = S.Splat(0), i1 = i0, i2 = i0, i3 = i0;
            var (now, step) = (FirstCodes<S, V>(), S.Splat(S.Lanes));
            var rows = book.Row(0);
            var (stride, dim) = (book.Count, book.Dim);
            V q0 = S.Splat(squares[0]), q1 = S.Splat(squares[1]), q2 = S.Splat(squares[2]), q3 = S.Splat(squares[3]);
            for (var first = 0; first <= stride - S.Lanes; first += S.Lanes, now = S.Add(now, step))
            {
                V d0 = S.Splat(0), d1 = d0, d2 = d0, d3 = d0;
                var row = rows + first;
                for (var d = 0; d < dim; d++, row += stride)
                {
                    var e = S.Load(row);
                    d0 = S.Fma(S.Splat(vectors[(d * Abreast) + 0]), e, d0);
                    d1 = S.Fma(S.Splat(vectors[(d * Abreast) + 1]), e, d1);
                    d2 = S.Fma(S.Splat(vectors[(d * Abreast) + 2]), e, d2);
                    d3 = S.Fma(S.Splat(vectors[(d * Abreast) + 3]), e, d3);
                }

                var norm = S.Load(row); // the row after the coordinates
                var minusTwo = S.Splat(-2);
                d0 = S.Fma(minusTwo, d0, S.Add(q0, norm));
                d1 = S.Fma(minusTwo, d1, S.Add(q1, norm));
                d2 = S.Fma(minusTwo, d2, S.Add(q2, norm));
                d3 = S.Fma(minusTwo, d3, S.Add(q3, norm));
                i0 = S.SelectLess(d0, b0, now, i0);
                i1 = S.SelectLess(d1, b1, now, i1);
                i2 = S.SelectLess(d2, b2, now, i2);
                i3 = S.SelectLess(d3, b3, now, i3);
                b0 = S.Min(d0, b0);
                b1 = S.Min(d1, b1);
                b2 = S.Min(d2, b2);
                b3 = S.Min(d3, b3);
            }

            S.Store(b0, best);
            S.Store(b1, best + S.Lanes);
            S.Store(b2, best + (2 * S.Lanes));
            S.Store(b3, best + (3 * S.Lanes));
            S.Store(i0, code);
            S.Store(i1, code + S.Lanes);
            S.Store(i2, code + (2 * S.Lanes));
            S.Store(i3, code + (3 * S.Lanes));
        }

        /// <summary>One pixel after the other: gaps are asked for by tests and reports, not by the pipeline.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void LanesWithSecond<S, V>(float* vectors, float* squares, float* best, float* code, float* second)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            for (var q = 0; q < Abreast; q++)
            {
                V b = S.Splat(float.PositiveInfinity), s = b, i = S.Splat(0);
                var now = FirstCodes<S, V>();
                for (var first = 0; first <= book.Count - S.Lanes; first += S.Lanes, now = S.Add(now, S.Splat(S.Lanes)))
                {
                    var dot = S.Splat(0);
                    for (var d = 0; d < book.Dim; d++) dot = S.Fma(S.Splat(vectors[(d * Abreast) + q]), S.Load(book.Row(d) + first), dot);
                    var distance = S.Fma(S.Splat(-2), dot, S.Add(S.Splat(squares[q]), S.Load(book.SquaredNorms + first)));
                    i = S.SelectLess(distance, b, now, i);
                    s = S.Min(S.Max(distance, b), s);
                    b = S.Min(distance, b);
                }

                S.Store(b, best + (q * S.Lanes));
                S.Store(i, code + (q * S.Lanes));
                S.Store(s, second + (q * S.Lanes));
            }
        }

        private static V FirstCodes<S, V>()
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            var counted = stackalloc float[S.Lanes];
            for (var lane = 0; lane < S.Lanes; lane++) counted[lane] = lane;
            return S.Load(counted);
        }
    }
}
