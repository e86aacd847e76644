using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>
/// Coefficients to samples: x = IDCT8x8(c * q) + 128, rounded and clamped to 0..255.
/// </summary>
/// <remarks>
/// Loeffler, Ligtenberg, Moschytz. Practical fast 1-D DCT algorithms with 11 multiplications. ICASSP 1989. In 13-bit
/// fixed point, columns first with two extra bits kept, then rows: the arithmetic that the IJG documents as "accurate
/// integer", so decoded pixels are equal to libjpeg-turbo's. Eight columns are eight lanes; the scalar body does the
/// same steps and serves where there is no AVX2.
/// </remarks>
internal static class InverseDct
{
    // round(x * 2^13)
    public const int C0298 = 2446, C0390 = 3196, C0541 = 4433, C0765 = 6270, C0899 = 7373, C1175 = 9633;
    public const int C1501 = 12299, C1847 = 15137, C1961 = 16069, C2053 = 16819, C2562 = 20995, C3072 = 25172;

    public const int ConstBits = 13;
    public const int Pass1Bits = 2;

    /// <summary>Transforms one block.</summary>
    /// <param name="coefficients">Row-major: [64].</param>
    /// <param name="quant">Row-major: [64].</param>
    /// <param name="samples">From the block's first sample on, rows <paramref name="stride"/> apart.</param>
    /// <param name="stride">Elements from row to row.</param>
    public static void Transform(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quant, Span<byte> samples, int stride)
    {
        if (Avx2.IsSupported) TransformVector(coefficients, quant, samples, stride);
        else TransformScalar(coefficients, quant, samples, stride);
    }

    /// <summary>The same for a block whose only coefficient is DC: both passes shrink to one rounding each.</summary>
    public static void TransformDc(int dc, int quant, Span<byte> samples, int stride)
    {
        int column = unchecked(dc * quant) << Pass1Bits;
        byte value = (byte)Math.Clamp(((column + (1 << (Pass1Bits + 2))) >> (Pass1Bits + 3)) + 128, 0, 255);
        for (int row = 0; row < 8; row++) samples.Slice(row * stride, 8).Fill(value);
    }

    internal static void TransformScalar(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quant, Span<byte> samples, int stride)
    {
        Span<int> work = stackalloc int[64];
        Span<int> line = stackalloc int[8];
        for (int column = 0; column < 8; column++)
        {
            for (int row = 0; row < 8; row++) line[row] = coefficients[row * 8 + column] * quant[row * 8 + column];
            Pass(line, ConstBits - Pass1Bits);
            for (int row = 0; row < 8; row++) work[row * 8 + column] = line[row];
        }

        for (int row = 0; row < 8; row++)
        {
            var values = work.Slice(row * 8, 8);
            Pass(values, ConstBits + Pass1Bits + 3);
            for (int column = 0; column < 8; column++)
                samples[row * stride + column] = (byte)Math.Clamp(values[column] + 128, 0, 255);
        }
    }

    private static void Pass(Span<int> x, int shift)
    {
        int round = 1 << (shift - 1);
        // Even part.
        int z1 = (x[2] + x[6]) * C0541;
        int t2 = z1 - x[6] * C1847, t3 = z1 + x[2] * C0765;
        int t0 = (x[0] + x[4]) << ConstBits, t1 = (x[0] - x[4]) << ConstBits;
        int e0 = t0 + t3 + round, e3 = t0 - t3 + round, e1 = t1 + t2 + round, e2 = t1 - t2 + round;
        // Odd part.
        int z3 = x[7] + x[3], z4 = x[5] + x[1], z5 = (z3 + z4) * C1175;
        int s1 = (x[7] + x[1]) * -C0899, s2 = (x[5] + x[3]) * -C2562;
        z3 = z3 * -C1961 + z5;
        z4 = z4 * -C0390 + z5;
        int o0 = x[7] * C0298 + s1 + z3, o1 = x[5] * C2053 + s2 + z4;
        int o2 = x[3] * C3072 + s2 + z3, o3 = x[1] * C1501 + s1 + z4;
        x[0] = (e0 + o3) >> shift;
        x[7] = (e0 - o3) >> shift;
        x[1] = (e1 + o2) >> shift;
        x[6] = (e1 - o2) >> shift;
        x[2] = (e2 + o1) >> shift;
        x[5] = (e2 - o1) >> shift;
        x[3] = (e3 + o0) >> shift;
        x[4] = (e3 - o0) >> shift;
    }

    internal static void TransformVector(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quant, Span<byte> samples, int stride)
    {
        if (coefficients.Length < 64 || quant.Length < 64 || samples.Length < 7 * stride + 8)
            throw new ArgumentException("a block needs 64 coefficients, 64 quantisation steps and 8 rows of samples", nameof(coefficients));
        ref short c = ref MemoryMarshal.GetReference(coefficients);
        ref int q = ref MemoryMarshal.GetReference(quant);
        var r0 = Load(ref c, ref q, 0);
        var r1 = Load(ref c, ref q, 1);
        var r2 = Load(ref c, ref q, 2);
        var r3 = Load(ref c, ref q, 3);
        var r4 = Load(ref c, ref q, 4);
        var r5 = Load(ref c, ref q, 5);
        var r6 = Load(ref c, ref q, 6);
        var r7 = Load(ref c, ref q, 7);
        Pass(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, ConstBits - Pass1Bits);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Pass(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, ConstBits + Pass1Bits + 3);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        ref byte d = ref MemoryMarshal.GetReference(samples);
        Store(r0, ref d);
        Store(r1, ref Unsafe.Add(ref d, stride));
        Store(r2, ref Unsafe.Add(ref d, 2 * stride));
        Store(r3, ref Unsafe.Add(ref d, 3 * stride));
        Store(r4, ref Unsafe.Add(ref d, 4 * stride));
        Store(r5, ref Unsafe.Add(ref d, 5 * stride));
        Store(r6, ref Unsafe.Add(ref d, 6 * stride));
        Store(r7, ref Unsafe.Add(ref d, 7 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Load(ref short c, ref int q, int row)
    {
        var (lower, upper) = Vector128.Widen(Vector128.LoadUnsafe(ref c, (nuint)(row * 8)));
        return Vector256.Create(lower, upper) * Vector256.LoadUnsafe(ref q, (nuint)(row * 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> row, ref byte destination)
    {
        var clamped = Vector256.Min(Vector256.Max(row + Vector256.Create(128), Vector256<int>.Zero), Vector256.Create(255));
        var words = Vector128.Narrow(clamped.GetLower(), clamped.GetUpper());
        ulong bytes = Vector128.Narrow(words, words).AsUInt64().ToScalar();
        Unsafe.WriteUnaligned(ref destination, bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pass(
        ref Vector256<int> x0, ref Vector256<int> x1, ref Vector256<int> x2, ref Vector256<int> x3,
        ref Vector256<int> x4, ref Vector256<int> x5, ref Vector256<int> x6, ref Vector256<int> x7, int shift)
    {
        var round = Vector256.Create(1 << (shift - 1));
        var z1 = (x2 + x6) * Vector256.Create(C0541);
        var t2 = z1 - x6 * Vector256.Create(C1847);
        var t3 = z1 + x2 * Vector256.Create(C0765);
        var t0 = ((x0 + x4) << ConstBits) + round;
        var t1 = ((x0 - x4) << ConstBits) + round;
        var e0 = t0 + t3;
        var e3 = t0 - t3;
        var e1 = t1 + t2;
        var e2 = t1 - t2;
        var z3 = x7 + x3;
        var z4 = x5 + x1;
        var z5 = (z3 + z4) * Vector256.Create(C1175);
        var s1 = (x7 + x1) * Vector256.Create(-C0899);
        var s2 = (x5 + x3) * Vector256.Create(-C2562);
        z3 = z3 * Vector256.Create(-C1961) + z5;
        z4 = z4 * Vector256.Create(-C0390) + z5;
        var o0 = x7 * Vector256.Create(C0298) + s1 + z3;
        var o1 = x5 * Vector256.Create(C2053) + s2 + z4;
        var o2 = x3 * Vector256.Create(C3072) + s2 + z3;
        var o3 = x1 * Vector256.Create(C1501) + s1 + z4;
        x0 = (e0 + o3) >> shift;
        x7 = (e0 - o3) >> shift;
        x1 = (e1 + o2) >> shift;
        x6 = (e1 - o2) >> shift;
        x2 = (e2 + o1) >> shift;
        x5 = (e2 - o1) >> shift;
        x3 = (e3 + o0) >> shift;
        x4 = (e3 - o0) >> shift;
    }

    // Each round doubles the side of the squares that are transposed: lanes, pairs, halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Transpose(
        ref Vector256<int> x0, ref Vector256<int> x1, ref Vector256<int> x2, ref Vector256<int> x3,
        ref Vector256<int> x4, ref Vector256<int> x5, ref Vector256<int> x6, ref Vector256<int> x7)
    {
        var a0 = Avx2.UnpackLow(x0, x1).AsInt64();
        var a1 = Avx2.UnpackHigh(x0, x1).AsInt64();
        var a2 = Avx2.UnpackLow(x2, x3).AsInt64();
        var a3 = Avx2.UnpackHigh(x2, x3).AsInt64();
        var a4 = Avx2.UnpackLow(x4, x5).AsInt64();
        var a5 = Avx2.UnpackHigh(x4, x5).AsInt64();
        var a6 = Avx2.UnpackLow(x6, x7).AsInt64();
        var a7 = Avx2.UnpackHigh(x6, x7).AsInt64();
        Halves(Avx2.UnpackLow(a0, a2), Avx2.UnpackLow(a4, a6), out x0, out x4);
        Halves(Avx2.UnpackHigh(a0, a2), Avx2.UnpackHigh(a4, a6), out x1, out x5);
        Halves(Avx2.UnpackLow(a1, a3), Avx2.UnpackLow(a5, a7), out x2, out x6);
        Halves(Avx2.UnpackHigh(a1, a3), Avx2.UnpackHigh(a5, a7), out x3, out x7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(Vector256<long> a, Vector256<long> b, out Vector256<int> low, out Vector256<int> high)
    {
        low = Avx2.Permute2x128(a, b, 0x20).AsInt32();
        high = Avx2.Permute2x128(a, b, 0x31).AsInt32();
    }
}
