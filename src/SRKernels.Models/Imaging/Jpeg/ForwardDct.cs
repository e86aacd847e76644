using static SRKernels.Models.Imaging.Jpeg.InverseDct;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Samples to quantised coefficients: c = round(DCT8x8(x - 128) / q), the forward side of <see cref="InverseDct"/>.</summary>
/// <remarks>Rows first with two extra bits, then columns; the result is 8 times the orthonormal DCT, which the divisor takes away.</remarks>
internal static class ForwardDct
{
    /// <summary>Transforms and quantises one block.</summary>
    /// <param name="samples">Rows <paramref name="stride"/> apart.</param>
    /// <param name="stride">Elements from row to row.</param>
    /// <param name="quant">Row-major: [64].</param>
    /// <param name="coefficients">Row-major: [64].</param>
    public static void Transform(ReadOnlySpan<byte> samples, int stride, ReadOnlySpan<byte> quant, Span<short> coefficients)
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
}
