using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>What the samples of a file mean.</summary>
internal enum JpegColourSpace
{
    Grey,
    Rgb,
    YCbCr,
    Cmyk,
    Ycck,
}

/// <summary>
/// Colour conversion in 16-bit fixed point, equal to libjpeg's: R = Y + 1.402 Cr, G = Y - 0.34414 Cb - 0.71414 Cr, B =
/// Y + 1.772 Cb, with Cb and Cr centred on 128 (ITU T.871, 7).
/// </summary>
internal static class JpegColours
{
    // round(x * 2^16)
    public const int C1402 = 91881, C0344 = 22554, C0714 = 46802, C1772 = 116130;
    public const int OneHalf = 1 << 15;

    private static readonly short[] CrToRed = Table(x => (C1402 * x + OneHalf) >> 16);
    private static readonly short[] CbToBlue = Table(x => (C1772 * x + OneHalf) >> 16);
    private static readonly int[] CrToGreen = [.. Enumerable.Range(-128, 256).Select(x => -C0714 * x)];
    private static readonly int[] CbToGreen = [.. Enumerable.Range(-128, 256).Select(x => -C0344 * x + OneHalf)];

    // For each 16 bytes of 16 interleaved pixels and each channel: which of its bytes goes where, 0xFF for none.
    private static readonly Vector128<byte>[] ToTriples =
    [
        .. Enumerable.Range(0, 9).Select(n => Vector128.Create(
            [.. Enumerable.Range(16 * (n / 3), 16).Select(at => at % 3 == n % 3 ? (byte)(at / 3) : (byte)0xFF)])),
    ];

    /// <summary>Which space a file is in, by the rules that libjpeg made common.</summary>
    /// <param name="components">The frame's.</param>
    /// <param name="hasJfif">Whether there is a JFIF marker.</param>
    /// <param name="adobeTransform">The Adobe marker's transform byte, or -1 without one.</param>
    public static JpegColourSpace Guess(JpegComponent[] components, bool hasJfif, int adobeTransform) => components.Length switch
    {
        1 => JpegColourSpace.Grey,
        3 when hasJfif => JpegColourSpace.YCbCr,
        3 when adobeTransform >= 0 => adobeTransform == 0 ? JpegColourSpace.Rgb : JpegColourSpace.YCbCr,
        3 => (components[0].Id, components[1].Id, components[2].Id) == ((byte)'R', (byte)'G', (byte)'B')
            ? JpegColourSpace.Rgb
            : JpegColourSpace.YCbCr,
        _ => adobeTransform > 0 ? JpegColourSpace.Ycck : JpegColourSpace.Cmyk,
    };

    /// <summary>Writes one row of interleaved RGB.</summary>
    /// <param name="space">Not grey.</param>
    /// <param name="a">The components' rows, at least a third of <paramref name="rgb"/> each; <paramref name="d"/> is K
    /// or empty.</param>
    /// <param name="b">See <paramref name="a"/>.</param>
    /// <param name="c">See <paramref name="a"/>.</param>
    /// <param name="d">See <paramref name="a"/>.</param>
    /// <param name="rgb">[3 * width].</param>
    public static void ToRgb(
        JpegColourSpace space, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, ReadOnlySpan<byte> d, Span<byte> rgb)
    {
        switch (space)
        {
            case JpegColourSpace.Rgb:
                for (int x = 0, i = 0; i + 2 < rgb.Length; x++, i += 3) (rgb[i], rgb[i + 1], rgb[i + 2]) = (a[x], b[x], c[x]);
                break;
            case JpegColourSpace.YCbCr:
                YCbCrRow(a, b, c, rgb);
                break;
            case JpegColourSpace.Ycck:
                // Y, Cb, Cr give RGB, and 255 minus that is CMY; K is as it is.
                YCbCrRow(a, b, c, rgb);
                for (int i = 0; i < rgb.Length; i++) rgb[i] = (byte)(255 - rgb[i]);
                InkRow(d, rgb);
                break;
            default:
                for (int x = 0, i = 0; i + 2 < rgb.Length; x++, i += 3) (rgb[i], rgb[i + 1], rgb[i + 2]) = (a[x], b[x], c[x]);
                InkRow(d, rgb);
                break;
        }
    }

    private static void YCbCrRow(ReadOnlySpan<byte> luma, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<byte> rgb)
    {
        int width = rgb.Length / 3;
        luma = luma[..width];
        cb = cb[..width];
        cr = cr[..width];
        int done = Avx2.IsSupported ? YCbCrVector(luma, cb, cr, rgb) : 0;
        short[] crToRed = CrToRed, cbToBlue = CbToBlue;
        int[] crToGreen = CrToGreen, cbToGreen = CbToGreen;
        for (int x = done, i = 3 * done; x < luma.Length && i + 2 < rgb.Length; x++, i += 3)
        {
            int y = luma[x], u = cb[x], v = cr[x];
            rgb[i] = Clamp(y + crToRed[v]);
            rgb[i + 1] = Clamp(y + ((cbToGreen[u] + crToGreen[v]) >> 16));
            rgb[i + 2] = Clamp(y + cbToBlue[u]);
        }
    }

    // Sixteen pixels at a time with the tables' arithmetic; gives how many were done.
    private static int YCbCrVector(ReadOnlySpan<byte> luma, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<byte> rgb)
    {
        int x = 0;
        for (; x <= luma.Length - 16; x += 16)
        {
            Eight(luma[x..], cb[x..], cr[x..], out var red0, out var green0, out var blue0);
            Eight(luma[(x + 8)..], cb[(x + 8)..], cr[(x + 8)..], out var red1, out var green1, out var blue1);
            var (red, green, blue) = (ToBytes(red0, red1), ToBytes(green0, green1), ToBytes(blue0, blue1));
            var target = rgb.Slice(3 * x, 48);
            for (int part = 0; part < 3; part++)
            {
                var bytes = Ssse3.Shuffle(red, ToTriples[3 * part]) | Ssse3.Shuffle(green, ToTriples[3 * part + 1])
                    | Ssse3.Shuffle(blue, ToTriples[3 * part + 2]);
                bytes.CopyTo(target[(16 * part)..]);
            }
        }

        return x;
    }

    private static void Eight(
        ReadOnlySpan<byte> luma, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr,
        out Vector256<int> red, out Vector256<int> green, out Vector256<int> blue)
    {
        var half = Vector256.Create(OneHalf);
        var y = Widen(luma);
        var u = Widen(cb) - Vector256.Create(128);
        var v = Widen(cr) - Vector256.Create(128);
        red = y + ((v * C1402 + half) >> 16);
        green = y + ((half - u * C0344 - v * C0714) >> 16);
        blue = y + ((u * C1772 + half) >> 16);
    }

    private static Vector256<int> Widen(ReadOnlySpan<byte> eight) =>
        Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(MemoryMarshal.Read<ulong>(eight)).AsByte());

    // Clamps to 0..255; packing works within halves, so their middle quarters change places first.
    private static Vector128<byte> ToBytes(Vector256<int> low, Vector256<int> high)
    {
        var words = Avx2.Permute4x64(Avx2.PackSignedSaturate(low, high).AsInt64(), 0b11_01_10_00).AsInt16();
        return Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper());
    }

    // Adobe writes inks inverted (255: none), and files without its marker are read so too, as Pillow does. Then, as in
    // Pillow's convert('RGB'): R = (1 - K) - C (1 - K), which needs no profile and never gets darker than black.
    private static void InkRow(ReadOnlySpan<byte> k, Span<byte> rgb)
    {
        for (int x = 0, i = 0; i + 2 < rgb.Length; x++, i += 3)
        {
            int light = k[x];
            rgb[i] = Ink(255 - rgb[i], light);
            rgb[i + 1] = Ink(255 - rgb[i + 1], light);
            rgb[i + 2] = Ink(255 - rgb[i + 2], light);
        }
    }

    private static byte Ink(int ink, int light)
    {
        int product = ink * light + 128;
        return Clamp(light - ((product + (product >> 8)) >> 8)); // product / 255, rounded
    }

    private static byte Clamp(int value) => (uint)value <= 255 ? (byte)value : value < 0 ? (byte)0 : (byte)255;

    private static short[] Table(Func<int, int> f) => [.. Enumerable.Range(-128, 256).Select(x => (short)f(x))];
}
