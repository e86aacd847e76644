using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Attention;

/*
 * Keys and values are packed into panels once (as much memory again as both), by blocks of 128 keys. Then threads over blocks of 60 queries;
 * each runs over the blocks of keys:
 *   scores = q k^T          60 x 128, the 512 channels in pieces of 128 so that a panel's piece (16 KB) stays in L1 for all five row tiles
 *   softmax, streamed       the running maximum m, the running sum l; when m grows, what was summed so far is scaled by e^(m - m')
 *   result += weights v     60 x c
 * and divides by l at the end. Per block of keys: 256 KB of keys, 256 KB of values, 120 KB of queries, 120 KB of result, all in L2.
 * The blocks' sizes are fixed, sums run in the order of the keys: no bit depends on threads or on the vectors' width.
 */
public static unsafe partial class SelfAttention
{
    private const int QueryBlock = 60; // five tiles of 12 rows, ten of 6
    private const int KeyBlock = 128;
    private const int ChannelPiece = 128;

    private static void Cpu(KernelContext cx, Tensor q, Tensor k, Tensor v, Tensor y)
    {
        var c = q.Shape.C;
        var positions = q.Shape.Pixels;
        var columns = GemmTiles.Panels(c) * GemmTiles.PanelColumns;
        var keyBlocks = (positions + KeyBlock - 1) / KeyBlock;
        var queryBlocks = (positions + QueryBlock - 1) / QueryBlock;
        // Rows of queries get 16 more elements: a power of two between rows would put twelve of them in the same sets of L1.
        var queryRow = c + 16;
        using var keys = cx.Rent(1, keyBlocks, KeyBlock, c);
        using var values = cx.Rent(1, keyBlocks, KeyBlock, columns);
        using var scratch = cx.Rent(cx.Workers.Count, 1, QueryBlock, queryRow + KeyBlock + columns + 2);
        for (var n = 0; n < q.Shape.N; n++)
        {
            var pack = new Pack(k.Image(n), v.Image(n), keys.Data, values.Data, positions, c, columns);
            cx.Workers.Run(keyBlocks, ref pack);
            var attend = new Attend(q.Image(n), keys.Data, values.Data, scratch.Data, y.Image(n), positions, c, columns, queryRow, keyBlocks);
            cx.Workers.Run(queryBlocks, ref attend);
        }
    }

    /// <summary>Index = block of keys: keys become [panel of 32 keys][channel][32], values [panel of 32 channels][key][32], zeros where there are none.</summary>
    private readonly struct Pack(float* k, float* v, float* keys, float* values, int positions, int c, int columns) : IParallelBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int index, int worker)
        {
            var count = Math.Min(KeyBlock, positions - (index * KeyBlock));
            var packedKeys = keys + ((long)index * KeyBlock * c);
            var packedValues = values + ((long)index * KeyBlock * columns);
            if (count < KeyBlock) new Span<float>(packedKeys, KeyBlock * c).Clear();
            if (count < KeyBlock || c < columns) new Span<float>(packedValues, KeyBlock * columns).Clear();
            for (var j = 0; j < count; j++)
            {
                var source = k + (((long)(index * KeyBlock) + j) * c);
                var target = packedKeys + (j / GemmTiles.PanelColumns * GemmTiles.PanelColumns * c) + (j % GemmTiles.PanelColumns);
                for (var d = 0; d < c; d++) target[d * GemmTiles.PanelColumns] = source[d];
                source = v + (((long)(index * KeyBlock) + j) * c);
                for (var d = 0; d < c; d += GemmTiles.PanelColumns)
                {
                    var bytes = Math.Min(GemmTiles.PanelColumns, c - d) * sizeof(float);
                    Buffer.MemoryCopy(source + d, packedValues + (d * KeyBlock) + (j * GemmTiles.PanelColumns), bytes, bytes);
                }
            }
        }
    }

    /// <summary>Index = block of queries.</summary>
    private readonly struct Attend(
        float* q, float* keys, float* values, float* scratch, float* y, int positions, int c, int columns, int queryRow, int keyBlocks)
        : IParallelBody
    {
        public void Invoke(int index, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Queries<Simd512, Vector512<float>>(index, worker);
            else if (Vector256.IsHardwareAccelerated) Queries<Simd256, Vector256<float>>(index, worker);
            else if (Vector128.IsHardwareAccelerated) Queries<Simd128, Vector128<float>>(index, worker);
            else Queries<SimdScalar, float>(index, worker);
        }

        private void Queries<S, V>(int index, int worker)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            var count = Math.Min(QueryBlock, positions - (index * QueryBlock));
            var queries = scratch + ((long)worker * QueryBlock * (queryRow + KeyBlock + columns + 2));
            var scores = queries + (QueryBlock * queryRow);
            var result = scores + (QueryBlock * KeyBlock);
            var tops = result + (QueryBlock * columns);
            var sums = tops + QueryBlock;

            var scale = 1 / MathF.Sqrt(c);
            for (var i = 0; i < count; i++)
                Scaled<S, V>(q + (((long)(index * QueryBlock) + i) * c), scale, queries + (i * queryRow), c);
            new Span<float>(result, count * columns).Clear();
            new Span<float>(tops, count).Fill(float.NegativeInfinity);
            new Span<float>(sums, count).Clear();

            for (var block = 0; block < keyBlocks; block++)
            {
                Scores<S, V>(queries, keys + ((long)block * KeyBlock * c), count, scores);
                var present = Math.Min(KeyBlock, positions - (block * KeyBlock));
                for (var i = 0; i < count; i++)
                {
                    var row = scores + (i * KeyBlock);
                    if (present < KeyBlock) new Span<float>(row + present, KeyBlock - present).Fill(float.NegativeInfinity);
                    var top = SimdScalar.Max(SoftmaxRow.Largest<S, V>(row, KeyBlock), tops[i]);
                    var sum = SoftmaxRow.Exponentials<S, V>(row, KeyBlock, top);
                    if (top != tops[i])
                    {
                        var kept = VectorMath.Exp<SimdScalar, float>(tops[i] - top);
                        Scaled<S, V>(result + (i * columns), kept, result + (i * columns), columns);
                        sums[i] *= kept;
                        tops[i] = top;
                    }

                    sums[i] += sum;
                }

                Values<S, V>(scores, values + ((long)block * KeyBlock * columns), count, result);
            }

            for (var i = 0; i < count; i++)
                Scaled<S, V>(result + (i * columns), 1 / sums[i], y + (((long)(index * QueryBlock) + i) * c), c);
        }

        private void Scores<S, V>(float* queries, float* packed, int rows, float* scores)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            for (var j = 0; j < KeyBlock; j += GemmTiles.PanelColumns)
                for (var d = 0; d < c; d += ChannelPiece)
                    GemmMicrokernel<S, V>.Panel(
                        queries + d, queryRow, rows, packed + (j * c) + (d * GemmTiles.PanelColumns), Math.Min(ChannelPiece, c - d),
                        scores + j, KeyBlock, GemmTiles.PanelColumns, d == 0 ? Gemm.Zeros : scores + j, d == 0 ? 0 : KeyBlock);
        }

        private void Values<S, V>(float* weights, float* packed, int rows, float* result)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            for (var d = 0; d < columns; d += GemmTiles.PanelColumns)
                GemmMicrokernel<S, V>.Panel(
                    weights, KeyBlock, rows, packed + (d * KeyBlock), KeyBlock, result + d, columns, GemmTiles.PanelColumns, result + d, columns);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Scaled<S, V>(float* x, float factor, float* target, int count)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            var d = 0;
            for (; d <= count - S.Lanes; d += S.Lanes) S.Store(S.Multiply(S.Load(x + d), S.Splat(factor)), target + d);
            for (; d < count; d++) target[d] = x[d] * factor;
        }
    }
}
