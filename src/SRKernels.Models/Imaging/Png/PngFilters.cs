using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SRKernels.Models.Imaging.Png;

/// <summary>PNG's five row filters (specification, 9.2) and the choice between them.</summary>
/// <remarks>
/// a is the byte a pixel to the left, b the one above, c the one above a; bytes outside the picture are 0. Filtering knows all of them
/// beforehand and runs 16 bytes at a time; undoing it needs each result for the next and is scalar, but for Up.
/// </remarks>
internal static class PngFilters
{
    public const int Count = 5;

    /// <summary>Turns filtered bytes into pixels, in place.</summary>
    /// <param name="filter">0 to 4.</param>
    /// <param name="row">The row's bytes, without the filter byte.</param>
    /// <param name="above">The row above as pixels; zeros for the first.</param>
    /// <param name="bpp">Bytes per pixel, at least 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above, int bpp)
    {
        above = above[..row.Length];
        bpp = Math.Min(bpp, row.Length);
        switch (filter)
        {
            case 1:
                for (int i = bpp; i < row.Length; i++)
                    row[i] += row[i - bpp];
                break;
            case 2:
                AddRow(row, above);
                break;
            case 3:
                for (int i = 0; i < bpp; i++)
                    row[i] += (byte)(above[i] >> 1);
                for (int i = bpp; i < row.Length; i++)
                    row[i] += (byte)((row[i - bpp] + above[i]) >> 1);
                break;
            case 4:
                for (int i = 0; i < bpp; i++)
                    row[i] += above[i];
                for (int i = bpp; i < row.Length; i++)
                    row[i] += Paeth(row[i - bpp], above[i], above[i - bpp]);
                break;
        }
    }

    /// <summary>Filters a row and gives the sum of the absolute values of the result as signed bytes, the smaller the better.</summary>
    /// <param name="filter">0 to 4.</param>
    /// <param name="row">A row of pixels that has <paramref name="bpp"/> zeros before it: <c>row[bpp..]</c> is the picture's.</param>
    /// <param name="above">The row above it, with the same zeros.</param>
    /// <param name="bpp">Bytes per pixel.</param>
    /// <param name="result">The filtered bytes; as long as the row without its zeros.</param>
    public static long Apply(int filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int bpp, Span<byte> result) =>
        filter switch
        {
            0 => Apply<NoPrediction>(row, above, bpp, result),
            1 => Apply<Left>(row, above, bpp, result),
            2 => Apply<Up>(row, above, bpp, result),
            3 => Apply<Average>(row, above, bpp, result),
            _ => Apply<PaethPrediction>(row, above, bpp, result),
        };

    // Straight to optimised code: a picture is encoded once per process, long before the runtime would come to it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Apply<T>(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int bpp, Span<byte> result)
        where T : struct, IPrediction
    {
        int n = result.Length;
        // Bounds of everything that the vector loop reads without checks.
        row = row[..(n + bpp)];
        above = above[..(n + bpp)];
        ref byte x = ref MemoryMarshal.GetReference(row);
        ref byte up = ref MemoryMarshal.GetReference(above);
        ref byte to = ref MemoryMarshal.GetReference(result);

        long sum = 0;
        int i = 0;
        while (i <= n - Vector128<byte>.Count)
        {
            // Each 16-bit lane takes at most 2 * 128 per step, so 255 steps fit.
            var lanes = Vector128<ushort>.Zero;
            int end = Math.Min(n - Vector128<byte>.Count, i + 254 * Vector128<byte>.Count);
            for (; i <= end; i += Vector128<byte>.Count)
            {
                var a = Vector128.LoadUnsafe(ref x, (nuint)i);
                var b = Vector128.LoadUnsafe(ref up, (nuint)(i + bpp));
                var c = Vector128.LoadUnsafe(ref up, (nuint)i);
                var filtered = Vector128.LoadUnsafe(ref x, (nuint)(i + bpp)) - T.Predict(a, b, c);
                filtered.StoreUnsafe(ref to, (nuint)i);
                var (low, high) = Vector128.Widen(Vector128.Min(filtered, Vector128<byte>.Zero - filtered));
                lanes += low + high;
            }

            var (first, second) = Vector128.Widen(lanes);
            sum += Vector128.Sum(first + second);
        }

        for (; i < n; i++)
        {
            byte filtered = (byte)(row[i + bpp] - T.Predict(row[i], above[i + bpp], above[i]));
            result[i] = filtered;
            sum += Math.Min(filtered, (byte)-filtered);
        }

        return sum;
    }

    private static void AddRow(Span<byte> row, ReadOnlySpan<byte> above)
    {
        ref byte to = ref MemoryMarshal.GetReference(row);
        ref byte up = ref MemoryMarshal.GetReference(above);
        int i = 0;
        for (; i <= row.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            (Vector128.LoadUnsafe(ref to, (nuint)i) + Vector128.LoadUnsafe(ref up, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        for (; i < row.Length; i++)
            row[i] += above[i];
    }

    private static byte Paeth(byte a, byte b, byte c)
    {
        int pa = Math.Abs(b - c);
        int pb = Math.Abs(a - c);
        int pc = Math.Abs(a + b - 2 * c);
        return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }

    // The same prediction twice: 16 bytes at a time, and one for the tail.
    private interface IPrediction
    {
        static abstract Vector128<byte> Predict(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c);

        static abstract byte Predict(byte a, byte b, byte c);
    }

    private struct NoPrediction : IPrediction
    {
        public static Vector128<byte> Predict(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c) => Vector128<byte>.Zero;

        public static byte Predict(byte a, byte b, byte c) => 0;
    }

    private struct Left : IPrediction
    {
        public static Vector128<byte> Predict(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c) => a;

        public static byte Predict(byte a, byte b, byte c) => a;
    }

    private struct Up : IPrediction
    {
        public static Vector128<byte> Predict(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c) => b;

        public static byte Predict(byte a, byte b, byte c) => b;
    }

    private struct Average : IPrediction
    {
        // floor((a + b) / 2) without the ninth bit: what both have, plus half of what one has.
        public static Vector128<byte> Predict(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c) =>
            (a & b) + (((a ^ b) >>> 1) & Vector128.Create((byte)0x7F));

        public static byte Predict(byte a, byte b, byte c) => (byte)((a + b) >> 1);
    }

    private struct PaethPrediction : IPrediction
    {
        // With pa = |b - c| and pb = |a - c|, pc = |a + b - 2c| is their sum when a and b are on the same side of c (never
        // the least then, so saturating it is harmless), else their difference: all in bytes.
        public static Vector128<byte> Predict(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c)
        {
            var pa = Vector128.Max(b, c) - Vector128.Min(b, c);
            var pb = Vector128.Max(a, c) - Vector128.Min(a, c);
            var opposite = Vector128.GreaterThan(a, c) ^ Vector128.GreaterThan(b, c);
            var difference = Vector128.Max(pa, pb) - Vector128.Min(pa, pb);
            var pc = Vector128.ConditionalSelect(opposite, difference, Vector128.AddSaturate(pa, pb));
            var takeA = Vector128.LessThanOrEqual(pa, Vector128.Min(pb, pc));
            var takeB = Vector128.LessThanOrEqual(pb, pc);
            return Vector128.ConditionalSelect(takeA, a, Vector128.ConditionalSelect(takeB, b, c));
        }

        public static byte Predict(byte a, byte b, byte c) => Paeth(a, b, c);
    }
}
