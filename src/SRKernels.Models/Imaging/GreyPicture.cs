namespace SRKernels.Models.Imaging;

/// <summary>The grey of a colour picture, for pictures that came in grey.</summary>
internal static class GreyPicture
{
    // ITU-R BT.601, what grey pictures are usually made with; in 65536ths, summing to one.
    private const int RedShare = 19595;
    private const int GreenShare = 38470;
    private const int BlueShare = 7471;

    /// <summary>The luminance of 8-bit pixels.</summary>
    public static void Of(ReadOnlySpan<byte> rgb, Span<byte> grey)
    {
        for (var i = 0; i < grey.Length; i++) grey[i] = (byte)Luminance(rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]);
    }

    /// <summary>The luminance of 16-bit pixels.</summary>
    public static void Of(ReadOnlySpan<ushort> rgb, Span<ushort> grey)
    {
        for (var i = 0; i < grey.Length; i++) grey[i] = (ushort)Luminance(rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]);
    }

    /// <summary>The luminance of one pixel, of any depth.</summary>
    public static long Luminance(long red, long green, long blue) =>
        ((RedShare * red) + (GreenShare * green) + (BlueShare * blue) + (1 << 15)) >> 16;
}
