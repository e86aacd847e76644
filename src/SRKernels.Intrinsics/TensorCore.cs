using System.Runtime.CompilerServices;
using ILGPU.IR.Intrinsics;

namespace SRKernels.Intrinsics;

/// <summary>
/// Products of one warp on tensor cores: D[16,8] = A[16,k] B[k,8] + C[16,8] in float. Each lane passes and gets its
/// part in the layout of the PTX ISA (mma.sync, row.col). All 32 lanes take part. Products are exact; the CPU adds them
/// in order of k and rounds each sum.
/// </summary>
public static class TensorCore
{
    /// <summary>k = 16, half operands (pairs, low half first). sm_80.</summary>
    /// <param name="a">The lane's part of A.</param>
    /// <param name="b">The lane's part of B.</param>
    /// <param name="c">The lane's part of C.</param>
    /// <returns>The lane's part of D.</returns>
    [IntrinsicImplementation]
    public static Accumulator4 MultiplyAddHalf(Registers4 a, Registers2 b, Accumulator4 c) =>
        Product([a.R0, a.R1, a.R2, a.R3], [b.R0, b.R1], c, DecodeHalf, pairs: true);

    /// <summary>k = 16, bfloat16 operands (pairs, low half first). sm_80.</summary>
    /// <param name="a">The lane's part of A.</param>
    /// <param name="b">The lane's part of B.</param>
    /// <param name="c">The lane's part of C.</param>
    /// <returns>The lane's part of D.</returns>
    [IntrinsicImplementation]
    public static Accumulator4 MultiplyAddBFloat16(Registers4 a, Registers2 b, Accumulator4 c) =>
        Product([a.R0, a.R1, a.R2, a.R3], [b.R0, b.R1], c, DecodeBFloat16, pairs: true);

    /// <summary>k = 8, half operands (pairs, low half first). sm_75.</summary>
    /// <param name="a">The lane's part of A.</param>
    /// <param name="b">The lane's part of B.</param>
    /// <param name="c">The lane's part of C.</param>
    /// <returns>The lane's part of D.</returns>
    [IntrinsicImplementation]
    public static Accumulator4 MultiplyAddHalf(Registers2 a, uint b, Accumulator4 c) =>
        Product([a.R0, a.R1], [b], c, DecodeHalf, pairs: true);

    /// <summary>k = 8, bfloat16 operands (pairs, low half first). sm_80.</summary>
    /// <param name="a">The lane's part of A.</param>
    /// <param name="b">The lane's part of B.</param>
    /// <param name="c">The lane's part of C.</param>
    /// <returns>The lane's part of D.</returns>
    [IntrinsicImplementation]
    public static Accumulator4 MultiplyAddBFloat16(Registers2 a, uint b, Accumulator4 c) =>
        Product([a.R0, a.R1], [b], c, DecodeBFloat16, pairs: true);

    /// <summary>k = 8, operands in tf32: float bits of which the low 13 are not read (see <see cref="RoundToTf32"/>).
    /// sm_80.</summary>
    /// <param name="a">The lane's part of A.</param>
    /// <param name="b">The lane's part of B.</param>
    /// <param name="c">The lane's part of C.</param>
    /// <returns>The lane's part of D.</returns>
    [IntrinsicImplementation]
    public static Accumulator4 MultiplyAddTf32(Registers4 a, Registers2 b, Accumulator4 c) =>
        Product([a.R0, a.R1, a.R2, a.R3], [b.R0, b.R1], c, DecodeTf32, pairs: false);

    /// <summary>Rounds to tf32 (10 fraction bits), nearest, ties away from zero. sm_80.</summary>
    /// <param name="value">Any float.</param>
    /// <returns>The rounded value; its low 13 bits are 0.</returns>
    [IntrinsicImplementation]
    public static float RoundToTf32(float value)
    {
        if (!float.IsFinite(value)) return value;
        return BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) + 0x1000) & ~0x1FFFu);
    }

    /// <summary>Rounds two floats to half and packs them as the registers of a product hold them.</summary>
    /// <param name="low">Goes to the low half.</param>
    /// <param name="high">Goes to the high half.</param>
    /// <returns>Both, in 32 bits.</returns>
    [IntrinsicImplementation]
    public static uint PackHalf(float low, float high) =>
        BitConverter.HalfToUInt16Bits((Half)low) | ((uint)BitConverter.HalfToUInt16Bits((Half)high) << 16);

    /// <summary>The low half of a register of half pairs.</summary>
    /// <param name="pair">The register.</param>
    /// <returns>Its low half as a float.</returns>
    [IntrinsicImplementation]
    public static float LowHalf(uint pair) => (float)BitConverter.UInt16BitsToHalf((ushort)pair);

    /// <summary>The high half of a register of half pairs.</summary>
    /// <param name="pair">The register.</param>
    /// <returns>Its high half as a float.</returns>
    [IntrinsicImplementation]
    public static float HighHalf(uint pair) => (float)BitConverter.UInt16BitsToHalf((ushort)(pair >> 16));

    /// <summary>Rounds two floats to bfloat16 and packs them as the registers of a product hold them.</summary>
    /// <param name="low">Goes to the low half.</param>
    /// <param name="high">Goes to the high half.</param>
    /// <returns>Both, in 32 bits.</returns>
    [IntrinsicImplementation]
    public static uint PackBFloat16(float low, float high) =>
        ((BFloat16)low).Bits | ((uint)((BFloat16)high).Bits << 16);

    /// <summary>The low half of a register of bfloat16 pairs.</summary>
    /// <param name="pair">The register.</param>
    /// <returns>Its low half as a float.</returns>
    [IntrinsicImplementation]
    public static float LowBFloat16(uint pair) => (float)new BFloat16((ushort)pair);

    /// <summary>The high half of a register of bfloat16 pairs.</summary>
    /// <param name="pair">The register.</param>
    /// <returns>Its high half as a float.</returns>
    [IntrinsicImplementation]
    public static float HighBFloat16(uint pair) => (float)new BFloat16((ushort)(pair >> 16));

    /// <summary>Loads one 8x8 matrix of 16-bit values from shared memory. Lane r &lt; 8 passes row r, 16-byte aligned.
    /// sm_75.</summary>
    /// <typeparam name="T">Element type of the shared array.</typeparam>
    /// <param name="row">First element of the lane's row.</param>
    /// <returns>The lane's part: row lane / 4, columns lane % 4 * 2 and the next.</returns>
    [IntrinsicImplementation]
    public static uint LoadMatrix1<T>(ref T row)
        where T : unmanaged => LoadMatrices(ref row, 1, transposed: false).R0;

    /// <summary>Loads two matrices; lane 8 j + r passes row r of matrix j. sm_75.</summary>
    /// <typeparam name="T">Element type of the shared array.</typeparam>
    /// <param name="row">First element of the lane's row.</param>
    /// <returns>The lane's part of each.</returns>
    [IntrinsicImplementation]
    public static Registers2 LoadMatrix2<T>(ref T row)
        where T : unmanaged => Two(LoadMatrices(ref row, 2, transposed: false));

    /// <summary>Loads four matrices; lane 8 j + r passes row r of matrix j. sm_75.</summary>
    /// <typeparam name="T">Element type of the shared array.</typeparam>
    /// <param name="row">First element of the lane's row.</param>
    /// <returns>The lane's part of each.</returns>
    [IntrinsicImplementation]
    public static Registers4 LoadMatrix4<T>(ref T row)
        where T : unmanaged => LoadMatrices(ref row, 4, transposed: false);

    /// <summary>As <see cref="LoadMatrix1"/>, transposed: the lane gets rows lane % 4 * 2 and the next of column lane /
    /// 4.</summary>
    /// <typeparam name="T">Element type of the shared array.</typeparam>
    /// <param name="row">First element of the lane's row.</param>
    /// <returns>The lane's part.</returns>
    [IntrinsicImplementation]
    public static uint LoadMatrix1Transposed<T>(ref T row)
        where T : unmanaged => LoadMatrices(ref row, 1, transposed: true).R0;

    /// <summary>As <see cref="LoadMatrix2"/>, each matrix transposed.</summary>
    /// <typeparam name="T">Element type of the shared array.</typeparam>
    /// <param name="row">First element of the lane's row.</param>
    /// <returns>The lane's part of each.</returns>
    [IntrinsicImplementation]
    public static Registers2 LoadMatrix2Transposed<T>(ref T row)
        where T : unmanaged => Two(LoadMatrices(ref row, 2, transposed: true));

    /// <summary>As <see cref="LoadMatrix4"/>, each matrix transposed.</summary>
    /// <typeparam name="T">Element type of the shared array.</typeparam>
    /// <param name="row">First element of the lane's row.</param>
    /// <returns>The lane's part of each.</returns>
    [IntrinsicImplementation]
    public static Registers4 LoadMatrix4Transposed<T>(ref T row)
        where T : unmanaged => LoadMatrices(ref row, 4, transposed: true);

    private static Registers2 Two(Registers4 r) => new() { R0 = r.R0, R1 = r.R1 };

    private static float DecodeHalf(uint register, int half) =>
        (float)BitConverter.UInt16BitsToHalf((ushort)(register >> (16 * half)));

    private static float DecodeBFloat16(uint register, int half) =>
        BitConverter.UInt32BitsToSingle(register >> (16 * half) << 16);

    private static float DecodeTf32(uint register, int half) => BitConverter.UInt32BitsToSingle(register & ~0x1FFFu);

    /// <summary>
    /// Fragments, with g = lane / 4 and t = lane % 4: register r of A holds row g + 8 (r % 2) and, in pairs, columns
    /// 2 t + 8 (r / 2) and the next (tf32: column t + 4 (r / 2)); register r of B holds column g, rows 2 t + 8 r and
    /// the next (tf32: row t + 4 r).
    /// </summary>
    private static Accumulator4 Product(
        ReadOnlySpan<uint> a, ReadOnlySpan<uint> b, Accumulator4 c, Func<uint, int, float> decode, bool pairs)
    {
        Span<uint> mine = stackalloc uint[a.Length + b.Length];
        a.CopyTo(mine);
        b.CopyTo(mine[a.Length..]);
        var warp = new WarpExchange(mine);
        int g = warp.Lane / 4;
        int t = warp.Lane % 4;
        Span<float> d = [c.C0, c.C1, c.C2, c.C3];
        for (int i = 0; i < 4; i++)
        {
            int row = g + (8 * (i / 2));
            int column = (2 * t) + (i % 2);
            float sum = d[i];
            int depth = b.Length * (pairs ? 8 : 4);
            for (int k = 0; k < depth; k++)
            {
                int quarter = pairs ? k % 8 / 2 : k % 4;
                int block = pairs ? k / 8 : k / 4;
                int half = pairs ? k % 2 : 0;
                uint ra = warp.Read(((row % 8) * 4) + quarter, (row / 8) + (2 * block));
                uint rb = warp.Read((column * 4) + quarter, a.Length + block);
                sum += decode(ra, half) * decode(rb, half);
            }

            d[i] = sum;
        }

        warp.Close();
        return new Accumulator4 { C0 = d[0], C1 = d[1], C2 = d[2], C3 = d[3] };
    }

    private static unsafe Registers4 LoadMatrices<T>(ref T row, int count, bool transposed)
        where T : unmanaged
    {
        var address = (ulong)Unsafe.AsPointer(ref row);
        var warp = new WarpExchange([(uint)address, (uint)(address >> 32)]);
        if (warp.Lane < 8 * count && address % 16 != 0)
            throw new InvalidOperationException("TensorCore.LoadMatrix: a row is not 16-byte aligned.");
        Span<uint> result = stackalloc uint[4];
        int g = warp.Lane / 4;
        int t = warp.Lane % 4;
        for (int j = 0; j < count; j++)
        {
            uint low = transposed ? Element(warp, (8 * j) + (2 * t), g) : Element(warp, (8 * j) + g, 2 * t);
            uint high = transposed ? Element(warp, (8 * j) + (2 * t) + 1, g) : Element(
                warp, (8 * j) + g, (2 * t) + 1);
            result[j] = low | (high << 16);
        }

        warp.Close();
        return new Registers4 { R0 = result[0], R1 = result[1], R2 = result[2], R3 = result[3] };
    }

    private static unsafe ushort Element(WarpExchange warp, int lane, int column)
    {
        ulong address = warp.Read(lane, 0) | ((ulong)warp.Read(lane, 1) << 32);
        return ((ushort*)address)[column];
    }
}
