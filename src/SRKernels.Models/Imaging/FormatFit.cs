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
        if (image.HasAlpha && !format.HoldsAlpha) image = OnWhite(image);
        return image.BitDepth > format.MaxBitDepth ? To8Bits(image) : image;
    }

    private static Image OnWhite(Image image)
    {
        var result = new Image(image.Width, image.Height, image.IsGrey ? PixelLayout.Grey : PixelLayout.Rgb, image.BitDepth) { Metadata = image.Metadata };
        for (var y = 0; y < image.Height; y++)
        {
            if (image.BitDepth == 8) OnWhite<byte>(image.Row8(y), result.Row8(y), image.Channels, 255);
            else OnWhite<ushort>(image.Row16(y), result.Row16(y), image.Channels, 65535);
        }

        return result;
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

    private static Image To8Bits(Image image)
    {
        var result = new Image(image.Width, image.Height, image.Layout) { Metadata = image.Metadata };
        for (var y = 0; y < image.Height; y++)
        {
            var from = image.Row16(y);
            var to = result.Row8(y);
            // 65535 / 255 is 257: rounds to nearest.
            for (var i = 0; i < to.Length; i++) to[i] = (byte)((from[i] + 128) / 257);
        }

        return result;
    }
}
