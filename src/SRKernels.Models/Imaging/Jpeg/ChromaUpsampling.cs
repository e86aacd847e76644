using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>
/// Rows of a component at the image's resolution, equal to libjpeg-turbo's default ("fancy") upsampling.
/// </summary>
/// <remarks>
/// A component at half the resolution is interpolated with a triangle filter: each new sample is 3/4 the nearer old one
/// and 1/4 the other (JFIF's centred sample positions). In two dimensions that is 9/16, 3/16, 3/16, 1/16. Ties are
/// rounded up and down in turn (the biases 1 and 2 of 4, 7 and 8 of 16), so that no drift is added. Neighbours beyond
/// the picture are the edge itself. All other ratios repeat samples, as do components of at most two columns where
/// columns are doubled.
/// </remarks>
internal sealed class ChromaUpsampling
{
    private readonly JpegComponent component;
    private readonly int factorX;
    private readonly int factorY;
    private readonly bool fancy;

    // 3 * near + far of a row pair.
    private readonly ushort[] columnSums = [];
    private readonly byte[] row = [];

    public ChromaUpsampling(JpegComponent component, JpegFrame frame)
    {
        this.component = component;
        factorX = frame.MaxH / component.H;
        factorY = frame.MaxV / component.V;
        fancy = (factorX, factorY) switch
        {
            (2, 1) or (2, 2) => component.SampleWidth > 2,
            (1, 2) => true,
            _ => false,
        };
        if (factorX > 1 || fancy) row = new byte[component.SampleWidth * factorX];
        if (fancy && factorX == 2) columnSums = new ushort[component.SampleWidth];
    }

    /// <summary>Refuses ratios such as 3:2, which no common reader takes.</summary>
    public static void CheckRatio(JpegComponent component, JpegFrame frame)
    {
        if (frame.MaxH % component.H != 0 || frame.MaxV % component.V != 0)
        {
            JpegFault.Throw("sampling factors whose ratios are whole numbers",
                $"{component.H}x{component.V} in {frame.MaxH}x{frame.MaxV}", "re-save it with another program");
        }
    }

    /// <summary>Row <paramref name="y"/> of the image: at least its width, valid until the next call.</summary>
    public ReadOnlySpan<byte> Row(int y)
    {
        int near = y / factorY;
        if (!fancy) return factorX == 1 ? Source(near) : Repeat(Source(near));
        if (factorY == 1) return DoubleColumns(Source(near));
        int far = Math.Clamp((y & 1) == 0 ? near - 1 : near + 1, 0, component.SampleHeight - 1);
        return factorX == 1
            ? DoubleRows(Source(near), Source(far), (y & 1) == 0 ? 1 : 2)
            : DoubleBoth(Source(near), Source(far));
    }

    private ReadOnlySpan<byte> Source(int y) => component.Plane.AsSpan(y * component.Stride, component.SampleWidth);

    private ReadOnlySpan<byte> Repeat(ReadOnlySpan<byte> source)
    {
        for (int x = 0; x < source.Length; x++) row.AsSpan(x * factorX, factorX).Fill(source[x]);
        return row;
    }

    private ReadOnlySpan<byte> DoubleRows(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int bias)
    {
        for (int x = 0; x < near.Length; x++) row[x] = (byte)((near[x] * 3 + far[x] + bias) >> 2);
        return row;
    }

    private ReadOnlySpan<byte> DoubleColumns(ReadOnlySpan<byte> source)
    {
        for (int x = 0; x < source.Length; x++) columnSums[x] = source[x];
        Spread(columnSums, row, 1, 2, 2);
        return row;
    }

    private ReadOnlySpan<byte> DoubleBoth(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far)
    {
        int x = 0, n = near.Length;
        if (Vector128.IsHardwareAccelerated)
        {
            ref byte a = ref MemoryMarshal.GetReference(near);
            ref byte b = ref MemoryMarshal.GetReference(far);
            ref ushort sums = ref MemoryMarshal.GetArrayDataReference(columnSums);
            for (; x <= n - 16; x += 16)
            {
                var (nearLow, nearHigh) = Vector128.Widen(Vector128.LoadUnsafe(ref a, (nuint)x));
                var (farLow, farHigh) = Vector128.Widen(Vector128.LoadUnsafe(ref b, (nuint)x));
                (nearLow * 3 + farLow).StoreUnsafe(ref sums, (nuint)x);
                (nearHigh * 3 + farHigh).StoreUnsafe(ref sums, (nuint)x + 8);
            }
        }

        for (; x < n; x++) columnSums[x] = (ushort)(near[x] * 3 + far[x]);
        Spread(columnSums, row, 8, 7, 4);
        return row;
    }

    // to[2x] = (3 s[x] + s[x-1] + biasLeft) >> shift, to[2x+1] = (3 s[x] + s[x+1] + biasRight) >> shift; beyond the
    // ends s is the end.
    private static void Spread(ReadOnlySpan<ushort> s, Span<byte> to, int biasLeft, int biasRight, int shift)
    {
        int last = s.Length - 1;
        to[0] = (byte)((s[0] * 4 + biasLeft) >> shift);
        to[1] = (byte)((s[0] * 3 + s[1] + biasRight) >> shift);
        int x = 1;
        if (Vector128.IsHardwareAccelerated)
        {
            ref ushort from = ref MemoryMarshal.GetReference(s);
            ref byte target = ref MemoryMarshal.GetReference(to);
            var left = Vector128.Create((ushort)biasLeft);
            var right = Vector128.Create((ushort)biasRight);
            for (; x + 8 <= last; x += 8)
            {
                var middle = Vector128.LoadUnsafe(ref from, (nuint)x) * 3;
                var even = (middle + Vector128.LoadUnsafe(ref from, (nuint)x - 1) + left) >> shift;
                var odd = (middle + Vector128.LoadUnsafe(ref from, (nuint)x + 1) + right) >> shift;
                // Both fit in a byte, so a pair is one little-endian word.
                (even | (odd << 8)).AsByte().StoreUnsafe(ref target, (nuint)(2 * x));
            }
        }

        for (; x < last; x++)
        {
            to[2 * x] = (byte)((s[x] * 3 + s[x - 1] + biasLeft) >> shift);
            to[2 * x + 1] = (byte)((s[x] * 3 + s[x + 1] + biasRight) >> shift);
        }

        to[2 * last] = (byte)((s[last] * 3 + s[last - 1] + biasLeft) >> shift);
        to[2 * last + 1] = (byte)((s[last] * 4 + biasRight) >> shift);
    }
}
