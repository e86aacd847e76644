using System.Runtime.Intrinsics;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Attention;

/*
 * Keys and values are packed into panels once (as much memory again as both), by blocks of 128 keys. Then threads over blocks of 64 queries;
 * each runs over the blocks of keys:
 *   scores = q k^T          64 x 128, the 512 channels in pieces of 128 so that a panel's piece (16 KB) stays in L1 for all eight row groups
 *   softmax, streamed       the running maximum m, the running sum l; when m grows, what was summed so far is scaled by e^(m - m')
 *   result += weights v     64 x c
 * and divides by l at the end. Per block of keys: 256 KB of keys, 256 KB of values, 128 KB of queries, 128 KB of result, all in L2.
 * The blocks' sizes are fixed, sums run in the order of the keys: no bit depends on threads or on the vectors' width.
 */
public static unsafe partial class SelfAttention
{
    private const int QueryBlock = 64;
    private const int KeyBlock = 128;
    private const int ChannelPiece = 128;

    private static void Cpu(KernelContext cx, Tensor q, Tensor k, Tensor v, Tensor y)
    {
        var c = q.Shape.C;
        var positions = q.Shape.Pixels;
        var columns = PanelProduct.Padded(c);
        var keyBlocks = (positions + KeyBlock - 1) / KeyBlock;
        var queryBlocks = (positions + QueryBlock - 1) / QueryBlock;
        // Rows of queries get 16 more elements: a power of two between rows would put eight of them in the same sets of L1.
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
                var target = packedKeys + (j / PanelProduct.Width * PanelProduct.Width * c) + (j % PanelProduct.Width);
                for (var d = 0; d < c; d++) target[d * PanelProduct.Width] = source[d];
                source = v + (((long)(index * KeyBlock) + j) * c);
                for (var d = 0; d < c; d += PanelProduct.Width)
                {
                    var bytes = Math.Min(PanelProduct.Width, c - d) * sizeof(float);
                    Buffer.MemoryCopy(source + d, packedValues + (d * KeyBlock) + (j * PanelProduct.Width), bytes, bytes);
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
            var rows = (count + PanelProduct.Rows - 1) / PanelProduct.Rows * PanelProduct.Rows;

            var scale = 1 / MathF.Sqrt(c);
            new Span<float>(queries, rows * queryRow).Clear();
            for (var i = 0; i < count; i++)
                Scaled<S, V>(q + (((long)(index * QueryBlock) + i) * c), scale, queries + (i * queryRow), c);
            new Span<float>(result, rows * columns).Clear();
            new Span<float>(tops, rows).Fill(float.NegativeInfinity);
            new Span<float>(sums, rows).Clear();

            for (var block = 0; block < keyBlocks; block++)
            {
                Scores<S, V>(queries, keys + ((long)block * KeyBlock * c), rows, scores);
                var present = Math.Min(KeyBlock, positions - (block * KeyBlock));
                for (var i = 0; i < rows; i++)
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

                Values<S, V>(scores, values + ((long)block * KeyBlock * columns), rows, result);
            }

            for (var i = 0; i < count; i++)
                Scaled<S, V>(result + (i * columns), 1 / sums[i], y + (((long)(index * QueryBlock) + i) * c), c);
        }

        private void Scores<S, V>(float* queries, float* packed, int rows, float* scores)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            for (var j = 0; j < KeyBlock; j += PanelProduct.Width)
                for (var d = 0; d < c; d += ChannelPiece)
                    for (var i = 0; i < rows; i += PanelProduct.Rows)
                        PanelProduct.Run<S, V>(
                            queries + (i * queryRow) + d, queryRow, packed + (j * c) + (d * PanelProduct.Width), Math.Min(ChannelPiece, c - d),
                            scores + (i * KeyBlock) + j, KeyBlock, accumulate: d > 0);
        }

        private void Values<S, V>(float* weights, float* packed, int rows, float* result)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            for (var d = 0; d < columns; d += PanelProduct.Width)
                for (var i = 0; i < rows; i += PanelProduct.Rows)
                    PanelProduct.Run<S, V>(
                        weights + (i * KeyBlock), KeyBlock, packed + (d * KeyBlock), KeyBlock, result + (i * columns) + d, columns, accumulate: true);
        }

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
