using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SRKernels.Kernels.Simd;

namespace SRKernels.Kernels.Dense;

/// <summary>
/// C[m, n] = A[m, k] B[k, n] (+ C) on one thread, for ops that cut their own work, as attention does.
/// </summary>
/// <remarks>
/// B is packed first, into memory of the caller: <see cref="PackedLength"/>, then <see cref="Pack"/> (which may transpose and scale),
/// then any number of <see cref="Multiply"/>. A and C are used where they lie. Panels: see <see cref="GemmMicrokernel{TIsa,TV}"/>.
/// </remarks>
internal static unsafe class Gemm
{
    private static readonly float* s_zeros = (float*)NativeMemory.AllocZeroed(GemmTiles.PanelColumns, sizeof(float));

    /// <summary>A row of zeros, one panel wide: where plain sums start.</summary>
    public static float* Zeros => s_zeros;

    /// <summary>Elements of the packed form of B[k, n].</summary>
    public static long PackedLength(int k, int n) => (long)k * GemmTiles.Panels(n) * GemmTiles.PanelColumns;

    /// <summary>Packs B into panels of 32 columns, the last one filled up with zeros.</summary>
    /// <param name="b">[k, n] with <paramref name="stride"/> between rows, or [n, k] if <paramref name="transposed"/>.</param>
    /// <param name="stride">Elements between the rows of <paramref name="b"/> as it lies.</param>
    /// <param name="k">Rows of B.</param>
    /// <param name="n">Columns of B.</param>
    /// <param name="transposed">B lies transposed: as keys do in Q K^T.</param>
    /// <param name="packed"><see cref="PackedLength"/> elements.</param>
    /// <param name="scale">Multiplies every element: the product's factor.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* b, nint stride, int k, int n, bool transposed, float* packed, float scale = 1)
    {
        for (var panel = 0; panel < n; panel += GemmTiles.PanelColumns)
        {
            var columns = Math.Min(GemmTiles.PanelColumns, n - panel);
            if (columns < GemmTiles.PanelColumns) new Span<float>(packed, k * GemmTiles.PanelColumns).Clear();
            if (transposed) PackTransposed(b + (panel * stride), stride, k, columns, packed, scale);
            else
            {
                for (var p = 0; p < k; p++)
                {
                    var from = b + (p * stride) + panel;
                    var to = packed + (p * GemmTiles.PanelColumns);
                    var j = 0;
                    for (; j <= columns - 8; j += 8) (Vector256.Load(from + j) * scale).Store(to + j);
                    for (; j < columns; j++) to[j] = from[j] * scale;
                }
            }

            packed += k * GemmTiles.PanelColumns;
        }
    }

    /// <summary>C[m, n] = A B, or C + A B.</summary>
    /// <param name="width">Which vectors.</param>
    /// <param name="a">[m, k].</param>
    /// <param name="aStride">Elements between rows of A.</param>
    /// <param name="packed">B, packed.</param>
    /// <param name="c">[m, n].</param>
    /// <param name="cStride">Elements between rows of C.</param>
    /// <param name="m">Rows.</param>
    /// <param name="n">Columns.</param>
    /// <param name="k">Length of the sums.</param>
    /// <param name="accumulate">Adds to C instead of replacing it.</param>
    public static void Multiply(
        SimdWidth width, float* a, nint aStride, float* packed, float* c, nint cStride, int m, int n, int k, bool accumulate = false)
    {
        switch (width)
        {
            case SimdWidth.V512: Multiply<Simd512, Vector512<float>>(a, aStride, packed, c, cStride, m, n, k, accumulate); break;
            case SimdWidth.V256: Multiply<Simd256, Vector256<float>>(a, aStride, packed, c, cStride, m, n, k, accumulate); break;
            case SimdWidth.V128: Multiply<Simd128, Vector128<float>>(a, aStride, packed, c, cStride, m, n, k, accumulate); break;
            default: Multiply<SimdScalar, float>(a, aStride, packed, c, cStride, m, n, k, accumulate); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TIsa, TV>(
        float* a, nint aStride, float* packed, float* c, nint cStride, int m, int n, int k, bool accumulate)
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        for (var j = 0; j < n; j += GemmTiles.PanelColumns)
        {
            var columns = Math.Min(GemmTiles.PanelColumns, n - j);
            var start = accumulate ? c + j : s_zeros;
            var startStride = accumulate ? cStride : 0;
            GemmMicrokernel<TIsa, TV>.Panel(a, aStride, m, packed + ((nint)j * k), k, c + j, cStride, columns, start, startStride);
        }
    }

    /// <summary>A panel from rows that are its columns, in blocks of 4x4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTransposed(float* b, nint stride, int k, int columns, float* packed, float scale)
    {
        var j = 0;
        for (; j <= columns - 4; j += 4)
        {
            var p = 0;
            float* r0 = b + (j * stride), r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride;
            var to = packed + j;
            for (; Sse.IsSupported && p <= k - 4; p += 4)
            {
                var (x0, x1, x2, x3) = (Vector128.Load(r0 + p), Vector128.Load(r1 + p), Vector128.Load(r2 + p), Vector128.Load(r3 + p));
                var (low01, low23) = (Sse.UnpackLow(x0, x1), Sse.UnpackLow(x2, x3));
                var (high01, high23) = (Sse.UnpackHigh(x0, x1), Sse.UnpackHigh(x2, x3));
                (Sse.MoveLowToHigh(low01, low23) * scale).Store(to);
                (Sse.MoveHighToLow(low23, low01) * scale).Store(to + GemmTiles.PanelColumns);
                (Sse.MoveLowToHigh(high01, high23) * scale).Store(to + (2 * GemmTiles.PanelColumns));
                (Sse.MoveHighToLow(high23, high01) * scale).Store(to + (3 * GemmTiles.PanelColumns));
                to += 4 * GemmTiles.PanelColumns;
            }

            for (; p < k; p++, to += GemmTiles.PanelColumns)
                (Vector128.Create(r0[p], r1[p], r2[p], r3[p]) * scale).Store(to);
        }

        for (; j < columns; j++)
            for (var p = 0; p < k; p++) packed[(p * GemmTiles.PanelColumns) + j] = b[(j * stride) + p] * scale;
    }
}
