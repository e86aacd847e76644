using SRKernels.Models.Imaging;
using Xunit;

namespace SRKernels.Tests.Imaging;

/// <summary>Assertions about pictures that name the first pixel that differs.</summary>
internal static class ImageAssert
{
    /// <summary>Same size, layout, depth and samples.</summary>
    public static void Same(Image expected, Image got)
    {
        Assert.Equal((expected.Width, expected.Height, expected.Layout, expected.BitDepth),
            (got.Width, got.Height, got.Layout, got.BitDepth));
        Samples(got, (x, y, c) => Sample(expected, x, y, c));
    }

    /// <summary>The sample at (x, y, channel) is what <paramref name="expected"/> says.</summary>
    public static void Samples(Image got, Func<int, int, int, int> expected)
    {
        for (int y = 0; y < got.Height; y++)
            for (int x = 0; x < got.Width; x++)
                for (int c = 0; c < got.Channels; c++)
                    if (Sample(got, x, y, c) != expected(x, y, c))
                        Assert.Fail($"x {x}, y {y}, channel {c} of {got.Width} x {got.Height} {got.Layout}: " +
                                    $"expected {expected(x, y, c)}, got {Sample(got, x, y, c)}");
    }

    /// <summary>The file is refused by an error whose first part ends in <paramref name="part"/> and whose text names the noun.</summary>
    public static ImageException Refused(byte[] file, string part, string noun, ImageLimits? limits = null)
    {
        var e = Assert.Throws<ImageException>(() => ImageCodecs.Decode(file, limits, "hostile"));
        Assert.True(e.Who.EndsWith(part, StringComparison.Ordinal), $"expected '{part}' to meet it, got: {e.Message}");
        Assert.Contains(noun, e.Message, StringComparison.Ordinal);
        return e;
    }

    public static int Sample(Image image, int x, int y, int c) =>
        image.BitDepth == 8 ? image.Row8(y)[x * image.Channels + c] : image.Row16(y)[x * image.Channels + c];

    /// <summary>A picture whose samples all differ from their neighbours, smooth enough that every filter is chosen somewhere.</summary>
    public static Image Pattern(int width, int height, PixelLayout layout, int bitDepth = 8, int seed = 1)
    {
        var image = new Image(width, height, layout, bitDepth);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < image.Channels; c++)
                {
                    int value = x * 7 + y * 13 * seed + c * 71 + (x * y % 5) * 3;
                    if (bitDepth == 8)
                        image.Row8(y)[x * image.Channels + c] = (byte)value;
                    else
                        image.Row16(y)[x * image.Channels + c] = (ushort)(value * 257 + x);
                }

        return image;
    }
}
