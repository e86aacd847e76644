using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using SRKernels.Kernels.Simd;

namespace SRKernels.Kernels.Dense;

/// <summary>
/// C[rows, 32] = start + A[rows, k] B[k, 32]: the innermost product of every convolution, linear layer and attention.
/// </summary>
/// <remarks>
/// <code>
///            B panel: k rows of 32 columns, contiguous; a tile takes 2 vectors of each row
///              +----------+
///              |          |     every step of k: load 2 vectors of B, broadcast one element of each row
///   A row 0 -> |  C tile  |     of A from where it lies (rows are rowBytes apart, nothing is packed),
///   A row 1 -> |          |     two multiply-adds per row
///              +----------+
/// </code>
/// 12-row tiles go with 16 lanes, for only there are 32 registers; 6-row tiles with the narrower vectors' 16.
/// An element's sum runs over k in order in one chain, in every tile height: the cut into tiles never changes a byte.
/// AggressiveOptimization: compiled well at the first call, and no profile is needed for straight-line code.
/// Measured (Zen 4, .NET 10, one core, of 118 GFLOP/s in an FMA loop): 12 rows 97-99.8 % (k 256-4608), 90 % at k = 32;
/// 6 rows of 256 bits 97-99 %. Source of the scheme: Van Zee and van de Geijn, BLIS, 2015.
/// </remarks>
internal static unsafe class GemmMicrokernel<TIsa, TV>
    where TIsa : struct, ISimd<TV>
    where TV : unmanaged
{
    /// <summary>
    /// How far before their use 6-row tiles ask for rows of B: 32 steps of k, about 200 cycles, more than the last-level cache takes. A large B passes by in
    /// half panels, lines two apart: the processor's own prefetching left 10 to 40 % of the speed on Zen 3. Behind the panel lies the next one, or
    /// nothing, which harms nothing. 12-row tiles, whose processors have larger caches, were measured without.
    /// </summary>
    private const int Ahead = 32 * GemmTiles.PanelColumns;

    /// <summary>One panel for any number of rows and at most 32 columns.</summary>
    /// <param name="a">[rows, k], rows <paramref name="aStride"/> elements apart.</param>
    /// <param name="aStride">Elements between rows of A.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="b">[k, 32], contiguous.</param>
    /// <param name="k">Length of the sums.</param>
    /// <param name="c">[rows, columns], rows <paramref name="cStride"/> elements apart.</param>
    /// <param name="cStride">Elements between rows of C.</param>
    /// <param name="columns">Columns of C that are written, 1 to 32.</param>
    /// <param name="start">Where the sums start: a row of 32 (stride 0) or a matrix like C, C itself to accumulate.</param>
    /// <param name="startStride">Elements between rows of <paramref name="start"/>.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Panel(
        float* a, nint aStride, int rows, float* b, nint k, float* c, nint cStride, int columns, float* start, nint startStride)
    {
        Debug.Assert(columns is > 0 and <= GemmTiles.PanelColumns, "a panel has 32 columns");
        var width = 2 * TIsa.Lanes;
        var edge = stackalloc float[GemmTiles.MaxRows * GemmTiles.PanelColumns];
        for (var j = 0; j < columns; j += width)
        {
            var whole = columns - j >= width;
            for (var i = 0; i < rows;)
            {
                // 8 and 9 rows are two tiles of 4 (and one row): single rows are slow.
                var tile = TIsa.Lanes == 16 && rows - i >= 12 ? 12
                    : TIsa.Lanes < 16 && rows - i >= 6 && rows - i is not (8 or 9) ? 6
                    : rows - i >= 4 ? 4 : 1;
                var from = start + (i * startStride) + j;
                var to = c + (i * cStride) + j;
                if (whole)
                {
                    Prefetch(to, cStride, tile);
                    Tile(tile, a + (i * aStride), aStride, b + j, k, to, cStride, from, startStride);
                }
                else
                {
                    CopyRows(from, startStride, edge, GemmTiles.PanelColumns, tile, columns - j);
                    Tile(tile, a + (i * aStride), aStride, b + j, k, edge, GemmTiles.PanelColumns, edge, GemmTiles.PanelColumns);
                    CopyRows(edge, GemmTiles.PanelColumns, to, cStride, tile, columns - j);
                }

                i += tile;
            }
        }
    }

    /// <summary>Asks for the lines that the tile will be stored to: they arrive while the sums run, and 24 stores in a row need not wait for memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* c, nint stride, int rows)
    {
        if (!Sse.IsSupported) return;
        for (var i = 0; i < rows; i++, c += stride)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0(c + TIsa.Lanes);
        }
    }

    private static void CopyRows(float* from, nint fromStride, float* to, nint toStride, int rows, int columns)
    {
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++) to[(i * toStride) + j] = from[(i * fromStride) + j];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(int rows, float* a, nint aStride, float* b, nint k, float* c, nint cStride, float* start, nint startStride)
    {
        var rowBytes = aStride * sizeof(float);
        if (TIsa.Lanes == 16 && rows == 12) Rows12((byte*)a, rowBytes, b, k, c, cStride, start, startStride);
        else if (TIsa.Lanes < 16 && rows == 6) Rows6((byte*)a, rowBytes, b, k, c, cStride, start, startStride);
        else if (rows == 4) Rows4((byte*)a, rowBytes, b, k, c, cStride, start, startStride);
        else Rows1((byte*)a, rowBytes, b, k, c, cStride, start, startStride);
    }

    /// <summary>12 rows x 2 vectors: 24 accumulators, 2 of B, 1 of A: 27 of 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows12(byte* a, nint rowBytes, float* b, nint k, float* c, nint rowStride, float* start, nint startStride)
    {
        byte* a1 = a + (3 * rowBytes), a2 = a + (6 * rowBytes), a3 = a + (9 * rowBytes);
        TV c00 = TIsa.Load(start),
            c10 = TIsa.Load(start + (1 * startStride)),
            c20 = TIsa.Load(start + (2 * startStride)),
            c30 = TIsa.Load(start + (3 * startStride)),
            c40 = TIsa.Load(start + (4 * startStride)),
            c50 = TIsa.Load(start + (5 * startStride)),
            c60 = TIsa.Load(start + (6 * startStride)),
            c70 = TIsa.Load(start + (7 * startStride)),
            c80 = TIsa.Load(start + (8 * startStride)),
            c90 = TIsa.Load(start + (9 * startStride)),
            c100 = TIsa.Load(start + (10 * startStride)),
            c110 = TIsa.Load(start + (11 * startStride));
        start += TIsa.Lanes;
        TV c01 = TIsa.Load(start),
            c11 = TIsa.Load(start + (1 * startStride)),
            c21 = TIsa.Load(start + (2 * startStride)),
            c31 = TIsa.Load(start + (3 * startStride)),
            c41 = TIsa.Load(start + (4 * startStride)),
            c51 = TIsa.Load(start + (5 * startStride)),
            c61 = TIsa.Load(start + (6 * startStride)),
            c71 = TIsa.Load(start + (7 * startStride)),
            c81 = TIsa.Load(start + (8 * startStride)),
            c91 = TIsa.Load(start + (9 * startStride)),
            c101 = TIsa.Load(start + (10 * startStride)),
            c111 = TIsa.Load(start + (11 * startStride));
        for (; k > 0; k--)
        {
            TV b0 = TIsa.Load(b), b1 = TIsa.Load(b + TIsa.Lanes);
            var x = TIsa.Splat(*(float*)a);
            c00 = TIsa.Fma(x, b0, c00);
            c01 = TIsa.Fma(x, b1, c01);
            x = TIsa.Splat(*(float*)(a + rowBytes));
            c10 = TIsa.Fma(x, b0, c10);
            c11 = TIsa.Fma(x, b1, c11);
            x = TIsa.Splat(*(float*)(a + (2 * rowBytes)));
            c20 = TIsa.Fma(x, b0, c20);
            c21 = TIsa.Fma(x, b1, c21);
            x = TIsa.Splat(*(float*)a1);
            c30 = TIsa.Fma(x, b0, c30);
            c31 = TIsa.Fma(x, b1, c31);
            x = TIsa.Splat(*(float*)(a1 + rowBytes));
            c40 = TIsa.Fma(x, b0, c40);
            c41 = TIsa.Fma(x, b1, c41);
            x = TIsa.Splat(*(float*)(a1 + (2 * rowBytes)));
            c50 = TIsa.Fma(x, b0, c50);
            c51 = TIsa.Fma(x, b1, c51);
            x = TIsa.Splat(*(float*)a2);
            c60 = TIsa.Fma(x, b0, c60);
            c61 = TIsa.Fma(x, b1, c61);
            x = TIsa.Splat(*(float*)(a2 + rowBytes));
            c70 = TIsa.Fma(x, b0, c70);
            c71 = TIsa.Fma(x, b1, c71);
            x = TIsa.Splat(*(float*)(a2 + (2 * rowBytes)));
            c80 = TIsa.Fma(x, b0, c80);
            c81 = TIsa.Fma(x, b1, c81);
            x = TIsa.Splat(*(float*)a3);
            c90 = TIsa.Fma(x, b0, c90);
            c91 = TIsa.Fma(x, b1, c91);
            x = TIsa.Splat(*(float*)(a3 + rowBytes));
            c100 = TIsa.Fma(x, b0, c100);
            c101 = TIsa.Fma(x, b1, c101);
            x = TIsa.Splat(*(float*)(a3 + (2 * rowBytes)));
            c110 = TIsa.Fma(x, b0, c110);
            c111 = TIsa.Fma(x, b1, c111);
            b += GemmTiles.PanelColumns;
            a += sizeof(float);
            a1 += sizeof(float);
            a2 += sizeof(float);
            a3 += sizeof(float);
        }

        TIsa.Store(c00, c);
        TIsa.Store(c01, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c10, c);
        TIsa.Store(c11, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c20, c);
        TIsa.Store(c21, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c30, c);
        TIsa.Store(c31, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c40, c);
        TIsa.Store(c41, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c50, c);
        TIsa.Store(c51, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c60, c);
        TIsa.Store(c61, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c70, c);
        TIsa.Store(c71, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c80, c);
        TIsa.Store(c81, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c90, c);
        TIsa.Store(c91, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c100, c);
        TIsa.Store(c101, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c110, c);
        TIsa.Store(c111, c + TIsa.Lanes);
    }

    /// <summary>6 rows x 2 vectors: 12 accumulators, 2 of B, 1 of A: 15 of 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows6(byte* a, nint rowBytes, float* b, nint k, float* c, nint rowStride, float* start, nint startStride)
    {
        byte* a1 = a + (3 * rowBytes);
        TV c00 = TIsa.Load(start),
            c10 = TIsa.Load(start + (1 * startStride)),
            c20 = TIsa.Load(start + (2 * startStride)),
            c30 = TIsa.Load(start + (3 * startStride)),
            c40 = TIsa.Load(start + (4 * startStride)),
            c50 = TIsa.Load(start + (5 * startStride));
        start += TIsa.Lanes;
        TV c01 = TIsa.Load(start),
            c11 = TIsa.Load(start + (1 * startStride)),
            c21 = TIsa.Load(start + (2 * startStride)),
            c31 = TIsa.Load(start + (3 * startStride)),
            c41 = TIsa.Load(start + (4 * startStride)),
            c51 = TIsa.Load(start + (5 * startStride));
        for (; k > 0; k--)
        {
            if (Sse.IsSupported) Sse.Prefetch0(b + Ahead);
            TV b0 = TIsa.Load(b), b1 = TIsa.Load(b + TIsa.Lanes);
            var x = TIsa.Splat(*(float*)a);
            c00 = TIsa.Fma(x, b0, c00);
            c01 = TIsa.Fma(x, b1, c01);
            x = TIsa.Splat(*(float*)(a + rowBytes));
            c10 = TIsa.Fma(x, b0, c10);
            c11 = TIsa.Fma(x, b1, c11);
            x = TIsa.Splat(*(float*)(a + (2 * rowBytes)));
            c20 = TIsa.Fma(x, b0, c20);
            c21 = TIsa.Fma(x, b1, c21);
            x = TIsa.Splat(*(float*)a1);
            c30 = TIsa.Fma(x, b0, c30);
            c31 = TIsa.Fma(x, b1, c31);
            x = TIsa.Splat(*(float*)(a1 + rowBytes));
            c40 = TIsa.Fma(x, b0, c40);
            c41 = TIsa.Fma(x, b1, c41);
            x = TIsa.Splat(*(float*)(a1 + (2 * rowBytes)));
            c50 = TIsa.Fma(x, b0, c50);
            c51 = TIsa.Fma(x, b1, c51);
            b += GemmTiles.PanelColumns;
            a += sizeof(float);
            a1 += sizeof(float);
        }

        TIsa.Store(c00, c);
        TIsa.Store(c01, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c10, c);
        TIsa.Store(c11, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c20, c);
        TIsa.Store(c21, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c30, c);
        TIsa.Store(c31, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c40, c);
        TIsa.Store(c41, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c50, c);
        TIsa.Store(c51, c + TIsa.Lanes);
    }

    /// <summary>4 rows x 2 vectors: what is left over of the larger tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4(byte* a, nint rowBytes, float* b, nint k, float* c, nint rowStride, float* start, nint startStride)
    {
        byte* a1 = a + (3 * rowBytes);
        TV c00 = TIsa.Load(start),
            c10 = TIsa.Load(start + (1 * startStride)),
            c20 = TIsa.Load(start + (2 * startStride)),
            c30 = TIsa.Load(start + (3 * startStride));
        start += TIsa.Lanes;
        TV c01 = TIsa.Load(start),
            c11 = TIsa.Load(start + (1 * startStride)),
            c21 = TIsa.Load(start + (2 * startStride)),
            c31 = TIsa.Load(start + (3 * startStride));
        for (; k > 0; k--)
        {
            TV b0 = TIsa.Load(b), b1 = TIsa.Load(b + TIsa.Lanes);
            var x = TIsa.Splat(*(float*)a);
            c00 = TIsa.Fma(x, b0, c00);
            c01 = TIsa.Fma(x, b1, c01);
            x = TIsa.Splat(*(float*)(a + rowBytes));
            c10 = TIsa.Fma(x, b0, c10);
            c11 = TIsa.Fma(x, b1, c11);
            x = TIsa.Splat(*(float*)(a + (2 * rowBytes)));
            c20 = TIsa.Fma(x, b0, c20);
            c21 = TIsa.Fma(x, b1, c21);
            x = TIsa.Splat(*(float*)a1);
            c30 = TIsa.Fma(x, b0, c30);
            c31 = TIsa.Fma(x, b1, c31);
            b += GemmTiles.PanelColumns;
            a += sizeof(float);
            a1 += sizeof(float);
        }

        TIsa.Store(c00, c);
        TIsa.Store(c01, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c10, c);
        TIsa.Store(c11, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c20, c);
        TIsa.Store(c21, c + TIsa.Lanes);
        c += rowStride;
        TIsa.Store(c30, c);
        TIsa.Store(c31, c + TIsa.Lanes);
    }

    /// <summary>1 row x 2 vectors: the last rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1(byte* a, nint rowBytes, float* b, nint k, float* c, nint rowStride, float* start, nint startStride)
    {
        TV c00 = TIsa.Load(start);
        start += TIsa.Lanes;
        TV c01 = TIsa.Load(start);
        for (; k > 0; k--)
        {
            TV b0 = TIsa.Load(b), b1 = TIsa.Load(b + TIsa.Lanes);
            var x = TIsa.Splat(*(float*)a);
            c00 = TIsa.Fma(x, b0, c00);
            c01 = TIsa.Fma(x, b1, c01);
            b += GemmTiles.PanelColumns;
            a += sizeof(float);
        }

        TIsa.Store(c00, c);
        TIsa.Store(c01, c + TIsa.Lanes);
    }
}
