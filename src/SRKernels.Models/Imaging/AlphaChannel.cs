namespace SRKernels.Models.Imaging;

/// <summary>Takes alpha off a picture and puts it back, so that it can be scaled beside the colour. Never premultiplied.</summary>
public static class AlphaChannel
{
    /// <summary>The alpha of the picture as a grey picture of the same depth.</summary>
    /// <param name="image">A picture with alpha.</param>
    /// <exception cref="ArgumentException">It has none.</exception>
    public static Image Extract(Image image)
    {
        if (!image.HasAlpha)
            throw new ArgumentException($"expected a layout with alpha, got {image.Layout}", nameof(image));
        var alpha = new Image(image.Width, image.Height, PixelLayout.Grey, image.BitDepth);
        if (image.BitDepth == 8)
            Copy<byte>(image.Samples8, image.Channels, image.Channels - 1, alpha.Samples8, 1, 0, 1);
        else
            Copy<ushort>(image.Samples16, image.Channels, image.Channels - 1, alpha.Samples16, 1, 0, 1);
        return alpha;
    }

    /// <summary>The colour of one picture with the grey of another as its alpha; metadata is the first one's.</summary>
    /// <param name="colour">RGB or grey; alpha that it has is replaced.</param>
    /// <param name="alpha">Of the same size and depth; its first channel is used.</param>
    /// <exception cref="ArgumentException">Size or depth differ.</exception>
    public static Image Attach(Image colour, Image alpha)
    {
        if (colour.Width != alpha.Width || colour.Height != alpha.Height || colour.BitDepth != alpha.BitDepth)
            throw new ArgumentException($"expected alpha of {colour.Width} x {colour.Height} with {colour.BitDepth} bits, " +
                $"got {alpha.Width} x {alpha.Height} with {alpha.BitDepth}", nameof(alpha));
        var layout = colour.IsGrey ? PixelLayout.GreyAlpha : PixelLayout.Rgba;
        var result = new Image(colour.Width, colour.Height, layout, colour.BitDepth) { Metadata = colour.Metadata };
        int channels = result.Channels;
        if (result.BitDepth == 8)
        {
            Copy<byte>(colour.Samples8, colour.Channels, 0, result.Samples8, channels, 0, channels - 1);
            Copy<byte>(alpha.Samples8, alpha.Channels, 0, result.Samples8, channels, channels - 1, 1);
        }
        else
        {
            Copy<ushort>(colour.Samples16, colour.Channels, 0, result.Samples16, channels, 0, channels - 1);
            Copy<ushort>(alpha.Samples16, alpha.Channels, 0, result.Samples16, channels, channels - 1, 1);
        }

        return result;
    }

    private static void Copy<T>(ReadOnlySpan<T> from, int fromStep, int fromChannel, Span<T> to, int toStep, int toChannel, int count)
    {
        for (int read = fromChannel, write = toChannel; write < to.Length; read += fromStep, write += toStep)
            from.Slice(read, count).CopyTo(to[write..]);
    }
}
