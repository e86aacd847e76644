using System.Runtime.CompilerServices;
using SRKernels.Kernels.Simd;

namespace SRKernels.Kernels.Attention;

/// <summary>
/// Small matrix products C (+)= A B in the shapes that attention needs.
/// </summary>
/// <remarks>
/// <code>
///        b: panel, k rows of 32           A is row-major; B is cut into panels of 32 columns, each contiguous;
///        +--------+                       C is row-major. Rows come by eight, columns by 32: callers pad.
/// a: 8   |        |  c: 8 x 32
/// rows of k values
/// </code>
/// A tile of C stays in registers while k runs: 8 rows x 2 vectors with AVX-512 (16 of 32 registers), 4 x 2 with AVX2 (8 of 16). Each element
/// is one chain of fused multiply-adds in the order of k, so the tile's form and the vectors' width change no bit.
/// </remarks>
internal static unsafe class PanelProduct
{
    /// <summary>Columns of a panel.</summary>
    public const int Width = 32;

    /// <summary>Rows of A and C that are worked on together.</summary>
    public const int Rows = 8;

    /// <summary>The next multiple of <see cref="Width"/>.</summary>
    public static int Padded(int n) => (n + Width - 1) / Width * Width;

    /// <summary>Eight rows times one panel.</summary>
    public static void Run<S, V>(float* a, nint aRow, float* panel, int k, float* c, nint cRow, bool accumulate)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        for (var column = 0; column < Width; column += 2 * S.Lanes)
        {
            if (S.Lanes == 16)
            {
                Tile8x2<S, V>(a, aRow, panel + column, k, c + column, cRow, accumulate);
                continue;
            }

            Tile4x2<S, V>(a, aRow, panel + column, k, c + column, cRow, accumulate);
            Tile4x2<S, V>(a + (4 * aRow), aRow, panel + column, k, c + column + (4 * cRow), cRow, accumulate);
        }
    }

    private static void Tile8x2<S, V>(float* a, nint aRow, float* b, int k, float* c, nint cRow, bool accumulate)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        V c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51, c60, c61, c70, c71;
        c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = c40 = c41 = c50 = c51 = c60 = c61 = c70 = c71 = S.Splat(0);
        if (accumulate)
        {
            Load<S, V>(c, out c00, out c01);
            Load<S, V>(c + cRow, out c10, out c11);
            Load<S, V>(c + (2 * cRow), out c20, out c21);
            Load<S, V>(c + (3 * cRow), out c30, out c31);
            Load<S, V>(c + (4 * cRow), out c40, out c41);
            Load<S, V>(c + (5 * cRow), out c50, out c51);
            Load<S, V>(c + (6 * cRow), out c60, out c61);
            Load<S, V>(c + (7 * cRow), out c70, out c71);
        }

        var a4 = a + (4 * aRow);
        var aRow3 = 3 * aRow;
        for (var end = a + k; a < end; a++, a4++, b += Width)
        {
            V b0 = S.Load(b), b1 = S.Load(b + S.Lanes);
            Step<S, V>(S.Splat(*a), b0, b1, ref c00, ref c01);
            Step<S, V>(S.Splat(a[aRow]), b0, b1, ref c10, ref c11);
            Step<S, V>(S.Splat(a[2 * aRow]), b0, b1, ref c20, ref c21);
            Step<S, V>(S.Splat(a[aRow3]), b0, b1, ref c30, ref c31);
            Step<S, V>(S.Splat(*a4), b0, b1, ref c40, ref c41);
            Step<S, V>(S.Splat(a4[aRow]), b0, b1, ref c50, ref c51);
            Step<S, V>(S.Splat(a4[2 * aRow]), b0, b1, ref c60, ref c61);
            Step<S, V>(S.Splat(a4[aRow3]), b0, b1, ref c70, ref c71);
        }

        Store<S, V>(c00, c01, c);
        Store<S, V>(c10, c11, c + cRow);
        Store<S, V>(c20, c21, c + (2 * cRow));
        Store<S, V>(c30, c31, c + (3 * cRow));
        Store<S, V>(c40, c41, c + (4 * cRow));
        Store<S, V>(c50, c51, c + (5 * cRow));
        Store<S, V>(c60, c61, c + (6 * cRow));
        Store<S, V>(c70, c71, c + (7 * cRow));
    }

    private static void Tile4x2<S, V>(float* a, nint aRow, float* b, int k, float* c, nint cRow, bool accumulate)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        V c00, c01, c10, c11, c20, c21, c30, c31;
        c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = S.Splat(0);
        if (accumulate)
        {
            Load<S, V>(c, out c00, out c01);
            Load<S, V>(c + cRow, out c10, out c11);
            Load<S, V>(c + (2 * cRow), out c20, out c21);
            Load<S, V>(c + (3 * cRow), out c30, out c31);
        }

        var aRow3 = 3 * aRow;
        for (var end = a + k; a < end; a++, b += Width)
        {
            V b0 = S.Load(b), b1 = S.Load(b + S.Lanes);
            Step<S, V>(S.Splat(*a), b0, b1, ref c00, ref c01);
            Step<S, V>(S.Splat(a[aRow]), b0, b1, ref c10, ref c11);
            Step<S, V>(S.Splat(a[2 * aRow]), b0, b1, ref c20, ref c21);
            Step<S, V>(S.Splat(a[aRow3]), b0, b1, ref c30, ref c31);
        }

        Store<S, V>(c00, c01, c);
        Store<S, V>(c10, c11, c + cRow);
        Store<S, V>(c20, c21, c + (2 * cRow));
        Store<S, V>(c30, c31, c + (3 * cRow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<S, V>(V a, V b0, V b1, ref V c0, ref V c1)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        c0 = S.Fma(a, b0, c0);
        c1 = S.Fma(a, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<S, V>(float* c, out V c0, out V c1)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        c0 = S.Load(c);
        c1 = S.Load(c + S.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<S, V>(V c0, V c1, float* c)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        S.Store(c0, c);
        S.Store(c1, c + S.Lanes);
    }
}
