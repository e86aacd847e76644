namespace SRKernels.Models.Imaging;

/// <summary>Turns stored rows into the picture as it is to be seen.</summary>
internal static class ImageOrientation
{
    /// <summary>A turned copy; <paramref name="orientation"/> is EXIF's 2 to 8.</summary>
    public static Image Apply(Image source, int orientation)
    {
        // 5 to 8 exchange rows and columns.
        bool transposed = orientation >= 5;
        var result = new Image(transposed ? source.Height : source.Width, transposed ? source.Width : source.Height,
            source.Layout, source.BitDepth);
        if (source.BitDepth == 8)
            Copy<byte>(source.Samples8, result.Samples8, source, orientation);
        else
            Copy<ushort>(source.Samples16, result.Samples16, source, orientation);
        return result;
    }

    // Exif 2.32, tag 0x0112: which edge of the seen picture row 0 and column 0 are. The source pixel (x, y) lands at
    // start + x * stepX + y * stepY pixels of the result.
    private static void Copy<T>(ReadOnlySpan<T> from, Span<T> to, Image source, int orientation)
    {
        int w = source.Width, h = source.Height, channels = source.Channels;
        var (start, stepX, stepY) = orientation switch
        {
            2 => (w - 1, -1, w),                     // mirrored left to right
            3 => (w * h - 1, -1, -w),                // turned by 180 degrees
            4 => (w * (h - 1), 1, -w),               // mirrored top to bottom
            5 => (0, h, 1),                          // transposed
            6 => (h - 1, h, -1),                     // to be turned clockwise: row 0 is the right edge
            7 => (w * h - 1, -h, -1),                // transposed over the other diagonal
            8 => (h * (w - 1), -h, 1),               // to be turned counterclockwise: row 0 is the left edge
            _ => throw new ArgumentOutOfRangeException(nameof(orientation), orientation, "Not a turn."),
        };

        int read = 0;
        for (int y = 0; y < h; y++)
        {
            int pixel = start + y * stepY;
            for (int x = 0; x < w; x++, pixel += stepX)
                for (int c = 0; c < channels; c++)
                    to[pixel * channels + c] = from[read++];
        }
    }
}
