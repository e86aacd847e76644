namespace SRKernels.Models.Imaging;

/// <summary>Makes of a picture what a format can hold.</summary>
public static class FormatFit
{
    /// <summary>What such a picture loses in a format, in words; null for nothing.</summary>
    /// <param name="format">Where it is to be written.</param>
    /// <param name="hasAlpha">Whether it has alpha.</param>
    /// <param name="bitDepth">Its bits per sample.</param>
    public static string? Losses(ImageFormat format, bool hasAlpha, int bitDepth)
    {
        var alpha = hasAlpha && !format.HoldsAlpha ? "transparency is laid on white" : null;
        var depth = bitDepth > format.MaxBitDepth ? $"{bitDepth} bits become {format.MaxBitDepth}" : null;
        return (alpha ?? depth) is null ? null : $"{format.Name} cannot hold all of it: {string.Join(", ", new[] { alpha, depth }.OfType<string>())}";
    }

    /// <summary>The picture without what the format cannot hold: alpha is laid on white, 16 bits are rounded to 8. The same picture where it fits.</summary>
    /// <param name="image">The picture; not changed.</param>
    /// <param name="format">Where it is to be written.</param>
    public static Image Apply(Image image, ImageFormat format)
    {
        var (layout, depth) = Fitting(image.Layout, image.BitDepth, format);
        if (layout == image.Layout && depth == image.BitDepth) return image;
        var result = new Image(image.Width, image.Height, layout, depth) { Metadata = image.Metadata };
        var flat = new ushort[image.Width * result.Channels];
        for (var y = 0; y < image.Height; y++)
        {
            if (image.BitDepth == 8) OnWhite<byte>(image.Row8(y), result.Row8(y), image.Channels, 255);
            else if (depth == 16) OnWhite<ushort>(image.Row16(y), result.Row16(y), image.Channels, 65535);
            else if (layout == image.Layout) To8Bits(image.Row16(y), result.Row8(y));
            else
            {
                OnWhite<ushort>(image.Row16(y), flat, image.Channels, 65535);
                To8Bits(flat, result.Row8(y));
            }
        }

        return result;
    }

    /// <summary>Bytes of the copy that <see cref="Apply"/> makes; 0 where it makes none.</summary>
    internal static long CopyBytes(long pixels, PixelLayout layout, int bitDepth, ImageFormat format)
    {
        var fitting = Fitting(layout, bitDepth, format);
        return fitting == (layout, bitDepth) ? 0 : pixels * (int)fitting.Layout * (fitting.BitDepth / 8);
    }

    private static (PixelLayout Layout, int BitDepth) Fitting(PixelLayout layout, int bitDepth, ImageFormat format)
    {
        if (!format.HoldsAlpha && layout is (PixelLayout.GreyAlpha or PixelLayout.Rgba)) layout = layout == PixelLayout.GreyAlpha ? PixelLayout.Grey : PixelLayout.Rgb;
        return (layout, Math.Min(bitDepth, format.MaxBitDepth));
    }

    private static void OnWhite<T>(ReadOnlySpan<T> from, Span<T> to, int channels, long white)
        where T : struct, System.Numerics.IBinaryInteger<T>
    {
        for (int read = 0, write = 0; read < from.Length; read += channels)
        {
            var alpha = long.CreateChecked(from[read + channels - 1]);
            for (var c = 0; c < channels - 1; c++, write++)
                to[write] = T.CreateChecked(((long.CreateChecked(from[read + c]) * alpha) + (white * (white - alpha)) + (white / 2)) / white);
        }
    }

    private static void To8Bits(ReadOnlySpan<ushort> from, Span<byte> to)
    {
        // 65535 / 255 is 257: rounds to nearest.
        for (var i = 0; i < to.Length; i++) to[i] = (byte)((from[i] + 128) / 257);
    }
}
