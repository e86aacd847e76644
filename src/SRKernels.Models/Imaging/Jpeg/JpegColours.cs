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
/// Colour conversion in 16-bit fixed point, equal to libjpeg's:
/// R = Y + 1.402 Cr, G = Y - 0.34414 Cb - 0.71414 Cr, B = Y + 1.772 Cb, with Cb and Cr centred on 128 (ITU T.871, 7).
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
    /// <param name="a">The components' rows, at least a third of <paramref name="rgb"/> each; <paramref name="d"/> is K or empty.</param>
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
        short[] crToRed = CrToRed, cbToBlue = CbToBlue;
        int[] crToGreen = CrToGreen, cbToGreen = CbToGreen;
        for (int x = 0, i = 0; x < luma.Length && i + 2 < rgb.Length; x++, i += 3)
        {
            int y = luma[x], u = cb[x], v = cr[x];
            rgb[i] = Clamp(y + crToRed[v]);
            rgb[i + 1] = Clamp(y + ((cbToGreen[u] + crToGreen[v]) >> 16));
            rgb[i + 2] = Clamp(y + cbToBlue[u]);
        }
    }

    // Adobe writes inks inverted (255: none), and files without its marker are read so too, as Pillow does. Then, as in Pillow's
    // convert('RGB'): R = (1 - K) - C (1 - K), which needs no profile and never gets darker than black.
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
