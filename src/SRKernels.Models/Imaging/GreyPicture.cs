namespace SRKernels.Models.Imaging;

/// <summary>The grey of a colour picture, for pictures that came in grey.</summary>
internal static class GreyPicture
{
    // ITU-R BT.601, what grey pictures are usually made with; in 65536ths, summing to one.
    private const int RedShare = 19595;
    private const int GreenShare = 38470;
    private const int BlueShare = 7471;

    /// <summary>The luminance of an RGB picture, of the same depth and metadata.</summary>
    public static Image Of(Image rgb)
    {
        var grey = new Image(rgb.Width, rgb.Height, PixelLayout.Grey, rgb.BitDepth) { Metadata = rgb.Metadata };
        if (rgb.BitDepth == 8)
            for (var i = 0; i < grey.Samples8.Length; i++)
                grey.Samples8[i] = (byte)Luminance(rgb.Samples8[3 * i], rgb.Samples8[(3 * i) + 1], rgb.Samples8[(3 * i) + 2]);
        else
            for (var i = 0; i < grey.Samples16.Length; i++)
                grey.Samples16[i] = (ushort)Luminance(rgb.Samples16[3 * i], rgb.Samples16[(3 * i) + 1], rgb.Samples16[(3 * i) + 2]);
        return grey;
    }

    private static long Luminance(long red, long green, long blue) =>
        ((RedShare * red) + (GreenShare * green) + (BlueShare * blue) + (1 << 15)) >> 16;
}
