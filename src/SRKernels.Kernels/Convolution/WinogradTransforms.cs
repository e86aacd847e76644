using System.Runtime.CompilerServices;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Simd;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// The three transforms of F(4x4, 3x3): Y = A^T [(G g G^T) . (B^T d B)] A, a vector of channels at a time.
/// </summary>
/// <remarks>
/// Interpolation points 0, +-a, +-b, infinity with a = 1/sqrt 2, b = sqrt 2. Then a^2 b^2 = 1, and the largest factor of B^T is 2.5 where the
/// usual points 0, +-1, +-2 have 5: measured in fp32 against float64 at 512 channels, max error 3.6e-6 of max|y| against 19e-6, NMSE 4.5e-12 against 21e-12.
/// One-dimensional, with d of 6, g of 3, y of 4 elements (rows of B^T, G, A^T written out below):
///   B^T d: d0 - 5/2 d2 + d4;  (d4 - 2 d2) +- a (d3 - 2 d1);  (d4 - 1/2 d2) +- b (d3 - 1/2 d1);  d1 - 5/2 d3 + d5
///   G g:   g0;  -2/3 (g0 + 1/2 g2 +- a g1);  1/6 (g0 + 2 g2 +- b g1);  g2
///   A^T m: m0 + (m1 + m2) + (m3 + m4);  a (m1 - m2) + b (m3 - m4);  1/2 (m1 + m2) + 2 (m3 + m4);  a/2 (m1 - m2) + 2 b (m3 - m4) + m5
/// Source: Winograd 1980; Lavin and Gray 2016, arXiv:1509.09308; the choice of points after Barabasz et al. 2020, arXiv:1803.10986.
/// </remarks>
internal static unsafe class WinogradTransforms<TIsa, TV>
    where TIsa : struct, ISimd<TV>
    where TV : unmanaged
{
    private const float A = 0.70710678118654752f;
    private const float B = 1.41421356237309505f;

    /// <summary>One tile of the input for all channels.</summary>
    /// <param name="pixels">The tile's 36 pixels, row by row; outside the map they point at zeros.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="v">Where the first of the 36 products' rows goes.</param>
    /// <param name="slab">Elements between the rows of successive products.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input(float** pixels, int channels, float* v, nint slab)
    {
        var space = stackalloc float[(36 * TIsa.Lanes) + 16];
        var half = (float*)(((nint)space + 63) & ~(nint)63);
        var c = 0;
        for (; c <= channels - TIsa.Lanes; c += TIsa.Lanes)
        {
            for (var j = 0; j < 6; j++)
            {
                InputLine(
                    TIsa.Load(pixels[j] + c), TIsa.Load(pixels[j + 6] + c), TIsa.Load(pixels[j + 12] + c),
                    TIsa.Load(pixels[j + 18] + c), TIsa.Load(pixels[j + 24] + c), TIsa.Load(pixels[j + 30] + c),
                    half + (j * TIsa.Lanes), 6 * TIsa.Lanes);
            }

            var to = v + c;
            for (var from = half; from < half + (36 * TIsa.Lanes); from += 6 * TIsa.Lanes, to += 6 * slab)
            {
                InputLine(
                    TIsa.Load(from), TIsa.Load(from + TIsa.Lanes), TIsa.Load(from + (2 * TIsa.Lanes)),
                    TIsa.Load(from + (3 * TIsa.Lanes)), TIsa.Load(from + (4 * TIsa.Lanes)), TIsa.Load(from + (5 * TIsa.Lanes)), to, slab);
            }
        }

        if (c < channels) InputTail(pixels, c, channels, v, slab);
    }

    /// <summary>Some input channels of one panel of 32 filters.</summary>
    /// <param name="panel">[tap][input channel][32].</param>
    /// <param name="channels">Input channels of the layer.</param>
    /// <param name="first">First input channel to transform.</param>
    /// <param name="count">How many.</param>
    /// <param name="u">[count][32] for the first of the 36 products.</param>
    /// <param name="slab">Elements between successive products' matrices.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weights(float* panel, int channels, int first, int count, float* u, nint slab)
    {
        var space = stackalloc float[(18 * TIsa.Lanes) + 16];
        var half = (float*)(((nint)space + 63) & ~(nint)63);
        var tap = (nint)channels * 32;
        for (var i = 0; i < count * 32; i += TIsa.Lanes)
        {
            var g = panel + ((nint)first * 32) + i;
            for (var j = 0; j < 3; j++, g += tap)
                WeightLine(TIsa.Load(g), TIsa.Load(g + (3 * tap)), TIsa.Load(g + (6 * tap)), half + (j * TIsa.Lanes), 3 * TIsa.Lanes);

            var to = u + i;
            for (var from = half; from < half + (18 * TIsa.Lanes); from += 3 * TIsa.Lanes, to += 6 * slab)
                WeightLine(TIsa.Load(from), TIsa.Load(from + TIsa.Lanes), TIsa.Load(from + (2 * TIsa.Lanes)), to, slab);
        }
    }

    /// <summary>One tile of the output for a panel of 32 channels: y = f(result + bias) (+ residual).</summary>
    /// <param name="m">The tile's row of 32 of the first product.</param>
    /// <param name="slab">Elements between the rows of successive products.</param>
    /// <param name="bias">32 elements.</param>
    /// <param name="y">From the tile's first pixel on.</param>
    /// <param name="residual">As <paramref name="y"/>; or none.</param>
    /// <param name="width">Pixels between rows of pixels.</param>
    /// <param name="slopes">32 slopes for negative results; null for none.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(float* m, nint slab, float* bias, StridedRows y, StridedRows residual, nint width, float* slopes)
    {
        var space = stackalloc float[(24 * TIsa.Lanes) + 16];
        var half = (float*)(((nint)space + 63) & ~(nint)63);
        for (var c = 0; c < 32; c += TIsa.Lanes)
        {
            var from = m + c;
            for (var j = 0; j < 6; j++, from += slab)
            {
                OutputLine(
                    TIsa.Load(from), TIsa.Load(from + (6 * slab)), TIsa.Load(from + (12 * slab)), TIsa.Load(from + (18 * slab)),
                    TIsa.Load(from + (24 * slab)), TIsa.Load(from + (30 * slab)), TIsa.Splat(0), half + (j * TIsa.Lanes), 6 * TIsa.Lanes);
            }

            var b = TIsa.Load(bias + c);
            for (var i = 0; i < 4; i++)
            {
                var line = half + (i * 6 * TIsa.Lanes);
                var to = y.Data + (i * width * y.Stride) + c;
                OutputLine(
                    TIsa.Load(line), TIsa.Load(line + TIsa.Lanes), TIsa.Load(line + (2 * TIsa.Lanes)), TIsa.Load(line + (3 * TIsa.Lanes)),
                    TIsa.Load(line + (4 * TIsa.Lanes)), TIsa.Load(line + (5 * TIsa.Lanes)), b, to, y.Stride);
                if (slopes is not null)
                {
                    var slope = TIsa.Load(slopes + c);
                    for (var j = 0; j < 4; j++)
                    {
                        var x = TIsa.Load(to + (j * y.Stride));
                        TIsa.Store(TIsa.SelectLess(x, TIsa.Splat(0), TIsa.Multiply(x, slope), x), to + (j * y.Stride));
                    }
                }

                if (residual.IsNone) continue;
                var r = residual.Data + (i * width * residual.Stride) + c;
                for (var j = 0; j < 4; j++, to += y.Stride, r += residual.Stride) TIsa.Store(TIsa.Add(TIsa.Load(to), TIsa.Load(r)), to);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine(TV d0, TV d1, TV d2, TV d3, TV d4, TV d5, float* to, nint stride)
    {
        var minusFiveHalves = TIsa.Splat(-2.5f);
        var even1 = TIsa.Fma(TIsa.Splat(-2), d2, d4);
        var odd1 = TIsa.Fma(TIsa.Splat(-2), d1, d3);
        var even2 = TIsa.Fma(TIsa.Splat(-0.5f), d2, d4);
        var odd2 = TIsa.Fma(TIsa.Splat(-0.5f), d1, d3);
        TIsa.Store(TIsa.Fma(minusFiveHalves, d2, TIsa.Add(d0, d4)), to);
        TIsa.Store(TIsa.Fma(TIsa.Splat(A), odd1, even1), to + stride);
        TIsa.Store(TIsa.Fma(TIsa.Splat(-A), odd1, even1), to + (2 * stride));
        TIsa.Store(TIsa.Fma(TIsa.Splat(B), odd2, even2), to + (3 * stride));
        TIsa.Store(TIsa.Fma(TIsa.Splat(-B), odd2, even2), to + (4 * stride));
        TIsa.Store(TIsa.Fma(minusFiveHalves, d3, TIsa.Add(d1, d5)), to + (5 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WeightLine(TV g0, TV g1, TV g2, float* to, nint stride)
    {
        var even1 = TIsa.Multiply(TIsa.Fma(TIsa.Splat(0.5f), g2, g0), TIsa.Splat(-2f / 3));
        var even2 = TIsa.Multiply(TIsa.Fma(TIsa.Splat(2), g2, g0), TIsa.Splat(1f / 6));
        TIsa.Store(g0, to);
        TIsa.Store(TIsa.Fma(TIsa.Splat(-2f / 3 * A), g1, even1), to + stride);
        TIsa.Store(TIsa.Fma(TIsa.Splat(2f / 3 * A), g1, even1), to + (2 * stride));
        TIsa.Store(TIsa.Fma(TIsa.Splat(B / 6), g1, even2), to + (3 * stride));
        TIsa.Store(TIsa.Fma(TIsa.Splat(-B / 6), g1, even2), to + (4 * stride));
        TIsa.Store(g2, to + (5 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputLine(TV m0, TV m1, TV m2, TV m3, TV m4, TV m5, TV add, float* to, nint stride)
    {
        var (even1, odd1, even2, odd2) = (TIsa.Add(m1, m2), TIsa.Subtract(m1, m2), TIsa.Add(m3, m4), TIsa.Subtract(m3, m4));
        TIsa.Store(TIsa.Add(TIsa.Add(m0, add), TIsa.Add(even1, even2)), to);
        TIsa.Store(TIsa.Fma(TIsa.Splat(A), odd1, TIsa.Fma(TIsa.Splat(B), odd2, add)), to + stride);
        TIsa.Store(TIsa.Fma(TIsa.Splat(0.5f), even1, TIsa.Fma(TIsa.Splat(2), even2, add)), to + (2 * stride));
        TIsa.Store(TIsa.Fma(TIsa.Splat(A / 2), odd1, TIsa.Fma(TIsa.Splat(2 * B), odd2, TIsa.Add(m5, add))), to + (3 * stride));
    }

    /// <summary>The last channels, fewer than a vector: the same functions on one lane.</summary>
    private static void InputTail(float** pixels, int from, int to, float* v, nint slab)
    {
        var moved = stackalloc float*[36];
        for (var i = 0; i < 36; i++) moved[i] = pixels[i] + from;
        WinogradTransforms<SimdScalar, float>.Input(moved, to - from, v + from, slab);
    }
}
