using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static SRKernels.Models.Imaging.Jpeg.InverseDct;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Samples to quantised coefficients: c = round(DCT8x8(x - 128) / q), the forward side of <see
/// cref="InverseDct"/>.</summary>
/// <remarks>Rows first with two extra bits, then columns; the result is 8 times the orthonormal DCT, which the divisor
/// takes away.</remarks>
internal static class ForwardDct
{
    /// <summary>Transforms and quantises one block.</summary>
    /// <param name="samples">Rows <paramref name="stride"/> apart.</param>
    /// <param name="stride">Elements from row to row.</param>
    /// <param name="quant">Row-major: [64].</param>
    /// <param name="coefficients">Row-major: [64].</param>
    public static void Transform(ReadOnlySpan<byte> samples, int stride, ReadOnlySpan<byte> quant, Span<short> coefficients)
    {
        if (Avx2.IsSupported) TransformVector(samples, stride, quant, coefficients);
        else TransformScalar(samples, stride, quant, coefficients);
    }

    internal static void TransformScalar(ReadOnlySpan<byte> samples, int stride, ReadOnlySpan<byte> quant, Span<short> coefficients)
    {
        Span<int> work = stackalloc int[64];
        Span<int> line = stackalloc int[8];
        for (int row = 0; row < 8; row++)
        {
            var values = work.Slice(row * 8, 8);
            for (int column = 0; column < 8; column++) values[column] = samples[row * stride + column] - 128;
            Pass(values, ConstBits - Pass1Bits, evenLeft: Pass1Bits, evenRight: 0);
        }

        for (int column = 0; column < 8; column++)
        {
            for (int row = 0; row < 8; row++) line[row] = work[row * 8 + column];
            Pass(line, ConstBits + Pass1Bits, evenLeft: 0, evenRight: Pass1Bits);
            for (int row = 0; row < 8; row++) coefficients[row * 8 + column] = Quantise(line[row], quant[row * 8 + column] * 8);
        }
    }

    private static short Quantise(int value, int divisor) =>
        (short)(value < 0 ? -((-value + divisor / 2) / divisor) : (value + divisor / 2) / divisor);

    // evenLeft, evenRight: coefficients 0 and 4 need no constants, so they are shifted, not scaled.
    private static void Pass(Span<int> x, int shift, int evenLeft, int evenRight)
    {
        int round = 1 << (shift - 1), evenRound = (1 << evenRight) >> 1;
        int s0 = x[0] + x[7], d0 = x[0] - x[7], s1 = x[1] + x[6], d1 = x[1] - x[6];
        int s2 = x[2] + x[5], d2 = x[2] - x[5], s3 = x[3] + x[4], d3 = x[3] - x[4];
        int e0 = s0 + s3, e3 = s0 - s3, e1 = s1 + s2, e2 = s1 - s2;
        int z1 = (e2 + e3) * C0541 + round;
        x[0] = (((e0 + e1) << evenLeft) + evenRound) >> evenRight;
        x[4] = (((e0 - e1) << evenLeft) + evenRound) >> evenRight;
        x[2] = (z1 + e3 * C0765) >> shift;
        x[6] = (z1 - e2 * C1847) >> shift;
        int z3 = d3 + d1, z4 = d2 + d0, z5 = (z3 + z4) * C1175 + round;
        int z0 = (d3 + d0) * -C0899, z2 = (d2 + d1) * -C2562;
        z3 = z3 * -C1961 + z5;
        z4 = z4 * -C0390 + z5;
        x[7] = (d3 * C0298 + z0 + z3) >> shift;
        x[5] = (d2 * C2053 + z2 + z4) >> shift;
        x[3] = (d1 * C3072 + z2 + z3) >> shift;
        x[1] = (d0 * C1501 + z0 + z4) >> shift;
    }

    // Eight rows are eight lanes in the first pass, eight columns in the second.
    private static void TransformVector(ReadOnlySpan<byte> samples, int stride, ReadOnlySpan<byte> quant, Span<short> coefficients)
    {
        var x0 = Load(samples);
        var x1 = Load(samples[stride..]);
        var x2 = Load(samples[(2 * stride)..]);
        var x3 = Load(samples[(3 * stride)..]);
        var x4 = Load(samples[(4 * stride)..]);
        var x5 = Load(samples[(5 * stride)..]);
        var x6 = Load(samples[(6 * stride)..]);
        var x7 = Load(samples[(7 * stride)..]);
        Transpose(ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7);
        Pass(ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7, ConstBits - Pass1Bits, Pass1Bits, 0);
        Transpose(ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7);
        Pass(ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7, ConstBits + Pass1Bits, 0, Pass1Bits);
        Quantise(x0, quant, coefficients);
        Quantise(x1, quant[8..], coefficients[8..]);
        Quantise(x2, quant[16..], coefficients[16..]);
        Quantise(x3, quant[24..], coefficients[24..]);
        Quantise(x4, quant[32..], coefficients[32..]);
        Quantise(x5, quant[40..], coefficients[40..]);
        Quantise(x6, quant[48..], coefficients[48..]);
        Quantise(x7, quant[56..], coefficients[56..]);
    }

    private static Vector256<int> Load(ReadOnlySpan<byte> eight) =>
        Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(MemoryMarshal.Read<ulong>(eight)).AsByte()) - Vector256.Create(128);

    // The quotient of two integers below 2^17 cannot round up to the next integer in 24 bits, so truncating it is
    // integer division.
    private static void Quantise(Vector256<int> values, ReadOnlySpan<byte> steps, Span<short> coefficients)
    {
        var divisor = (Load(steps) + Vector256.Create(128)) << 3;
        var magnitude = Vector256.ConvertToSingle(Vector256.Abs(values) + (divisor >> 1));
        var quotient = Avx.ConvertToVector256Int32WithTruncation(magnitude / Vector256.ConvertToSingle(divisor));
        var signed = Avx2.Sign(quotient, values);
        Vector128.Narrow(signed.GetLower(), signed.GetUpper()).CopyTo(coefficients);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pass(
        ref Vector256<int> x0, ref Vector256<int> x1, ref Vector256<int> x2, ref Vector256<int> x3,
        ref Vector256<int> x4, ref Vector256<int> x5, ref Vector256<int> x6, ref Vector256<int> x7, int shift, int evenLeft, int evenRight)
    {
        var round = Vector256.Create(1 << (shift - 1));
        var evenRound = Vector256.Create((1 << evenRight) >> 1);
        var (s0, d0, s1, d1) = (x0 + x7, x0 - x7, x1 + x6, x1 - x6);
        var (s2, d2, s3, d3) = (x2 + x5, x2 - x5, x3 + x4, x3 - x4);
        var (e0, e3, e1, e2) = (s0 + s3, s0 - s3, s1 + s2, s1 - s2);
        var z1 = (e2 + e3) * C0541 + round;
        x0 = (((e0 + e1) << evenLeft) + evenRound) >> evenRight;
        x4 = (((e0 - e1) << evenLeft) + evenRound) >> evenRight;
        x2 = (z1 + e3 * C0765) >> shift;
        x6 = (z1 - e2 * C1847) >> shift;
        var z3 = d3 + d1;
        var z4 = d2 + d0;
        var z5 = (z3 + z4) * C1175 + round;
        var z0 = (d3 + d0) * -C0899;
        var z2 = (d2 + d1) * -C2562;
        z3 = z3 * -C1961 + z5;
        z4 = z4 * -C0390 + z5;
        x7 = (d3 * C0298 + z0 + z3) >> shift;
        x5 = (d2 * C2053 + z2 + z4) >> shift;
        x3 = (d1 * C3072 + z2 + z3) >> shift;
        x1 = (d0 * C1501 + z0 + z4) >> shift;
    }
}
