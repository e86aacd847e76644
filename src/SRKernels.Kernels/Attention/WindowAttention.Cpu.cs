using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Attention;

/*
 * Threads over windows x heads. One task gathers q (scaled), k (turned, in panels) and v (in panels) of its window and head straight from the
 * map, 24 KB at the real size, and then takes twelve queries at a time: scores, bias and mask, softmax, values, scatter. Everything after
 * the gathering stays in the first-level cache; nothing of it is ever a tensor. No bit depends on threads or on the vectors' width.
 */
public static unsafe partial class WindowAttention
{
    private static void Cpu(KernelContext cx, Tensor qkv, RelativePositionBias bias, int heads, int window, int shift, Tensor y)
    {
        var (images, h, w, e) = y.Shape;
        var layout = new Layout(h, w, e, heads, window, shift);
        using var scratch = cx.Rent(cx.Workers.Count, 1, 1, layout.ScratchElements);
        using var masks = cx.Rent(1, 1, 2, layout.Keys);
        for (var side = 0; side < 2; side++)
            for (var j = 0; j < layout.Keys; j++)
                masks.Data[(side * layout.Keys) + j] = j < layout.Tokens ? MaskAt(0, 1, side == 0 ? 0 : window - 1, j, window, shift) : 0;
        fixed (float* biases = bias.Expanded)
        {
            var body = new Body(layout, qkv.Data, biases, masks.Data, scratch.Data, y.Data);
            cx.Workers.Run(checked(images * layout.Windows * heads), ref body);
        }
    }

    /// <summary>Extents, and where a task keeps what; worked out once, for divisions are slow.</summary>
    private readonly struct Layout
    {
        public readonly int H, W, E, Heads, Window, Shift;

        public readonly int Dim, Tokens, WindowColumns, Windows;

        /// <summary>Tokens as columns of scores, and a head's channels as columns of the result: whole panels.</summary>
        public readonly int Keys, Columns;

        public readonly int KeysAt, ValuesAt, ScoresAt, ResultAt, PixelsAt, ScratchElements;

        public readonly bool HasPads;

        public Layout(int h, int w, int e, int heads, int window, int shift)
        {
            (H, W, E, Heads, Window, Shift) = (h, w, e, heads, window, shift);
            Dim = e / heads;
            Tokens = window * window;
            WindowColumns = w / window;
            Windows = h / window * WindowColumns;
            Keys = GemmTiles.Panels(Tokens) * GemmTiles.PanelColumns;
            Columns = GemmTiles.Panels(Dim) * GemmTiles.PanelColumns;
            KeysAt = Tokens * Dim;
            ValuesAt = KeysAt + (Dim * Keys);
            ScoresAt = ValuesAt + (Keys * Columns);
            ResultAt = ScoresAt + (GemmTiles.MaxRows * Keys);
            PixelsAt = ResultAt + (GemmTiles.MaxRows * Columns);
            ScratchElements = (PixelsAt + Tokens + 15) / 16 * 16;
            HasPads = Keys != Tokens || Columns != Dim;
        }

        /// <summary>The pixels of a window's tokens in the map that was not rolled.</summary>
        public void Pixels(int windowRow, int windowColumn, int* pixels)
        {
            for (var ty = 0; ty < Window; ty++)
            {
                var y = (windowRow * Window) + ty + Shift;
                y -= y >= H ? H : 0;
                for (var tx = 0; tx < Window; tx++)
                {
                    var x = (windowColumn * Window) + tx + Shift;
                    *pixels++ = (y * W) + (x >= W ? x - W : x);
                }
            }
        }
    }

    /// <summary>Index = (image * windows + window) * heads + head.</summary>
    private readonly struct Body(Layout at, float* qkv, float* biases, float* masks, float* scratch, float* y) : IParallelBody
    {
        public void Invoke(int index, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Attend<Simd512, Vector512<float>>(index, worker);
            else if (Vector256.IsHardwareAccelerated) Attend<Simd256, Vector256<float>>(index, worker);
            else if (Vector128.IsHardwareAccelerated) Attend<Simd128, Vector128<float>>(index, worker);
            else Attend<SimdScalar, float>(index, worker);
        }

        private void Attend<S, V>(int index, int worker)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            var head = index % at.Heads;
            var window = index / at.Heads % at.Windows;
            var image = index / at.Heads / at.Windows;
            var row = window / at.WindowColumns;
            var memory = scratch + ((long)worker * at.ScratchElements);
            var source = qkv + ((long)image * at.H * at.W * 3 * at.E) + (head * at.Dim);
            var target = y + ((long)image * at.H * at.W * at.E) + (head * at.Dim);
            if (at.HasPads) new Span<float>(memory, at.ScratchElements).Clear();
            var pixels = (int*)(memory + at.PixelsAt);
            at.Pixels(row, window % at.WindowColumns, pixels);
            Gather<S, V>(source, pixels, memory);

            var scores = memory + at.ScoresAt;
            var result = memory + at.ResultAt;
            var sums = stackalloc float[GemmTiles.MaxRows];
            var masked = at.Shift > 0 && row == (at.H / at.Window) - 1;
            for (var first = 0; first < at.Tokens; first += GemmTiles.MaxRows)
            {
                var count = Math.Min(GemmTiles.MaxRows, at.Tokens - first);
                for (var j = 0; j < at.Keys; j += GemmTiles.PanelColumns)
                    GemmMicrokernel<S, V>.Panel(
                        memory + (first * at.Dim), at.Dim, count, memory + at.KeysAt + (j * at.Dim), at.Dim,
                        scores + j, at.Keys, GemmTiles.PanelColumns, Gemm.Zeros, 0);
                for (var r = 0; r < count; r++)
                {
                    var i = first + r;
                    var mask = !masked ? null : masks + (i % at.Window < at.Window - at.Shift ? 0 : at.Keys);
                    sums[r] = Softmax<S, V>(scores + (r * at.Keys), biases + ((long)((head * at.Tokens) + i) * at.Keys), mask);
                }

                for (var d = 0; d < at.Columns; d += GemmTiles.PanelColumns)
                    GemmMicrokernel<S, V>.Panel(
                        scores, at.Keys, count, memory + at.ValuesAt + (d * at.Keys), at.Keys,
                        result + d, at.Columns, GemmTiles.PanelColumns, Gemm.Zeros, 0);
                for (var r = 0; r < count; r++)
                {
                    var pixel = target + ((long)pixels[first + r] * at.E);
                    Scaled<S, V>(result + (r * at.Columns), 1 / sums[r], pixel);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Gather<S, V>(float* source, int* pixels, float* memory)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            var dim = at.Dim;
            var scale = 1 / MathF.Sqrt(dim);
            for (var t = 0; t < at.Tokens; t++)
            {
                var q = source + ((long)pixels[t] * 3 * at.E);
                Scaled<S, V>(q, scale, memory + (t * dim));
                var k = q + at.E;
                var panel = memory + at.KeysAt + (t / GemmTiles.PanelColumns * GemmTiles.PanelColumns * dim) + (t % GemmTiles.PanelColumns);
                for (var d = 0; d < dim; d++) panel[d * GemmTiles.PanelColumns] = k[d];
                var v = k + at.E;
                for (var d = 0; d < dim; d += GemmTiles.PanelColumns)
                {
                    var values = memory + at.ValuesAt + (d * at.Keys) + (t * GemmTiles.PanelColumns);
                    var count = Math.Min(GemmTiles.PanelColumns, dim - d);
                    Buffer.MemoryCopy(v + d, values, count * sizeof(float), count * sizeof(float));
                }
            }
        }

        /// <summary>One head's channels of one pixel times a factor.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Scaled<S, V>(float* x, float factor, float* target)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            var d = 0;
            for (; d <= at.Dim - S.Lanes; d += S.Lanes) S.Store(S.Multiply(S.Load(x + d), S.Splat(factor)), target + d);
            for (; d < at.Dim; d++) target[d] = x[d] * factor;
        }

        /// <summary>Adds bias and mask to a row of scores and makes them weights; returns the weights' sum.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private float Softmax<S, V>(float* scores, float* bias, float* mask)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            var top = S.Splat(float.NegativeInfinity);
            for (var j = 0; j < at.Keys; j += S.Lanes)
            {
                var score = S.Add(S.Load(scores + j), S.Load(bias + j));
                if (mask != null) score = S.Add(score, S.Load(mask + j));
                S.Store(score, scores + j);
                top = S.Max(score, top);
            }

            return SoftmaxRow.Exponentials<S, V>(scores, at.Keys, SoftmaxRow.LargestLane<S, V>(top));
        }
    }
}
