using SRKernels.Models.Imaging;

namespace SRKernels.Models.Quality;

/// <summary>Bicubic enlargement as Pillow does it: what a picture viewer would show, and what a model has to beat.</summary>
/// <remarks>
/// Kernel of a = -0.5, taps cut at the border and weighted anew, coefficients in fixed point of 22 bits, columns first and rounded to 8 bits
/// before the rows: equal to Pillow's Image.resize(BICUBIC) in every byte. (The encoder's own input is another bicubic, of a = -0.75.)
/// </remarks>
public static class PillowBicubic
{
    private const int FractionBits = 22;
    private const double Support = 2;

    /// <summary>An 8-bit RGB picture enlarged by a whole factor. Grey becomes RGB, alpha is dropped, 16 bits are cut to 8.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="scale">How much larger, at least 1.</param>
    public static Image Enlarge(Image image, int scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        var (width, height) = (checked(image.Width * scale), checked(image.Height * scale));
        var source = ToRgb(image);
        var wide = new byte[checked(width * image.Height * 3)];
        var columns = Taps.Of(image.Width, width);
        for (var y = 0; y < image.Height; y++)
            for (var x = 0; x < width; x++)
                Resample(source, columns[x], (y * image.Width * 3) + (columns[x].First * 3), 3, wide.AsSpan(((y * width) + x) * 3, 3));
        var result = new Image(width, height, PixelLayout.Rgb);
        var rows = Taps.Of(image.Height, height);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                Resample(wide, rows[y], (((rows[y].First * width) + x) * 3), width * 3, result.Samples8.Slice(((y * width) + x) * 3, 3));
        return result;
    }

    /// <summary>Bytes that enlarging holds beside the picture, the enlarged one included.</summary>
    internal static long HeldBytes(int width, int height, int scale) => 3L * width * height * (1 + scale + ((long)scale * scale));

    private static void Resample(ReadOnlySpan<byte> source, Taps taps, int at, int stride, Span<byte> pixel)
    {
        for (var c = 0; c < 3; c++)
        {
            var sum = 1 << (FractionBits - 1);
            for (var k = 0; k < taps.Weights.Length; k++) sum += source[at + (k * stride) + c] * taps.Weights[k];
            pixel[c] = (byte)Math.Clamp(sum >> FractionBits, 0, 255);
        }
    }

    private static byte[] ToRgb(Image image)
    {
        var rgb = new byte[checked(image.Width * image.Height * 3)];
        for (var i = 0; i < image.Width * image.Height; i++)
            for (var c = 0; c < 3; c++)
            {
                var at = (i * image.Channels) + (image.IsGrey ? 0 : c);
                rgb[(i * 3) + c] = image.BitDepth == 8 ? image.Samples8[at] : (byte)(image.Samples16[at] >> 8);
            }

        return rgb;
    }

    private static double Kernel(double x)
    {
        x = Math.Abs(x);
        if (x < 1) return (((1.5 * x) - 2.5) * x * x) + 1;
        return x < 2 ? (((((-0.5 * x) + 2.5) * x) - 4) * x) + 2 : 0;
    }

    /// <summary>Which samples make one output sample, and with what weight.</summary>
    private sealed record Taps(int First, int[] Weights)
    {
        public static Taps[] Of(int from, int to)
        {
            var step = (double)from / to;
            var all = new Taps[to];
            for (var i = 0; i < to; i++)
            {
                var center = (i + 0.5) * step;
                var first = Math.Max(0, (int)(center - Support + 0.5));
                var end = Math.Min(from, (int)(center + Support + 0.5));
                var weights = new double[end - first];
                for (var k = 0; k < weights.Length; k++) weights[k] = Kernel(first + k - center + 0.5);
                var sum = weights.Sum();
                all[i] = new Taps(first, Array.ConvertAll(weights, w => (int)Math.Round(w / sum * (1 << FractionBits), MidpointRounding.AwayFromZero)));
            }

            return all;
        }
    }
}
