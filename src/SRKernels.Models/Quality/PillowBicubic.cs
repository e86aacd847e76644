using SRKernels.Models.Imaging;

namespace SRKernels.Models.Quality;

/// <summary>Bicubic enlargement as Pillow does it: what a picture viewer would show, what a model has to beat, and what some models start from.</summary>
/// <remarks>
/// Kernel of a = -0.5, taps cut at the border and weighted anew, coefficients in fixed point of 22 bits, columns first and rounded to 8 bits
/// before the rows: equal to Pillow's Image.resize(BICUBIC) in every byte. (ResShift's encoder takes another bicubic, of a = -0.75.)
/// </remarks>
public static class PillowBicubic
{
    private const int FractionBits = 22;
    private const double Support = 2;

    /// <summary>Gives a row of a picture: its number, its first column, and where the RGB samples go.</summary>
    internal delegate void RowReader(int row, int column, Span<byte> samples);

    /// <summary>An 8-bit RGB picture enlarged by a whole factor. Grey becomes RGB, alpha is dropped, 16 bits are cut to 8.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="scale">How much larger, at least 1.</param>
    public static Image Enlarge(Image image, int scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        var result = new Image(checked(image.Width * scale), checked(image.Height * scale), PixelLayout.Rgb);
        EnlargePart(image.Height, image.Width, scale, 0, 0, image.Height, image.Width, (row, column, samples) => ReadRgb(image, row, column, samples), result.Samples8);
        return result;
    }

    /// <summary>A part of a picture, as it would be cut from the whole enlarged one.</summary>
    /// <param name="height">The whole picture's rows.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="scale">How much larger.</param>
    /// <param name="top">The part's first row.</param>
    /// <param name="left">Its first column.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="read">Gives the picture's samples.</param>
    /// <param name="result">RGB, rows times columns times the scale's square of them.</param>
    internal static void EnlargePart(
        int height, int width, int scale, int top, int left, int rows, int columns, RowReader read, Span<byte> result)
    {
        var across = Taps.Of(width, scale, left, columns);
        var down = Taps.Of(height, scale, top, rows);
        var (first, end) = (down[0].First, down[^1].First + down[^1].Weights.Length);
        var (firstColumn, endColumn) = (across[0].First, across[^1].First + across[^1].Weights.Length);
        var wide = new byte[checked(across.Length * (end - first) * 3)];
        var source = new byte[(endColumn - firstColumn) * 3];
        for (var y = first; y < end; y++)
        {
            read(y, firstColumn, source);
            for (var x = 0; x < across.Length; x++)
                Resample(source, across[x], (across[x].First - firstColumn) * 3, 3, wide.AsSpan((((y - first) * across.Length) + x) * 3, 3));
        }

        for (var y = 0; y < down.Length; y++)
            for (var x = 0; x < across.Length; x++)
                Resample(wide, down[y], (((down[y].First - first) * across.Length) + x) * 3, across.Length * 3, result.Slice(((y * across.Length) + x) * 3, 3));
    }

    /// <summary>Bytes that enlarging holds beside the picture, the enlarged one included.</summary>
    internal static long HeldBytes(int width, int height, int scale) => 3L * width * height * (1 + scale + ((long)scale * scale));

    /// <summary>Samples of a row as 8-bit RGB.</summary>
    internal static void ReadRgb(Image image, int row, int column, Span<byte> samples)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            var at = (((row * image.Width) + column + (i / 3)) * image.Channels) + (image.IsGrey ? 0 : i % 3);
            samples[i] = image.BitDepth == 8 ? image.Samples8[at] : (byte)(image.Samples16[at] >> 8);
        }
    }

    private static void Resample(ReadOnlySpan<byte> source, Taps taps, int at, int stride, Span<byte> pixel)
    {
        for (var c = 0; c < 3; c++)
        {
            var sum = 1 << (FractionBits - 1);
            for (var k = 0; k < taps.Weights.Length; k++) sum += source[at + (k * stride) + c] * taps.Weights[k];
            pixel[c] = (byte)Math.Clamp(sum >> FractionBits, 0, 255);
        }
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
        /// <summary>Of the output samples that so many samples from the first on become.</summary>
        public static Taps[] Of(int length, int scale, int start, int count)
        {
            var step = (double)length / checked(length * scale);
            var all = new Taps[count * scale];
            for (var i = 0; i < all.Length; i++)
            {
                var center = ((start * scale) + i + 0.5) * step;
                var first = Math.Max(0, (int)(center - Support + 0.5));
                var end = Math.Min(length, (int)(center + Support + 0.5));
                var weights = new double[end - first];
                for (var k = 0; k < weights.Length; k++) weights[k] = Kernel(first + k - center + 0.5);
                var sum = weights.Sum();
                all[i] = new Taps(first, Array.ConvertAll(weights, w => (int)Math.Round(w / sum * (1 << FractionBits), MidpointRounding.AwayFromZero)));
            }

            return all;
        }
    }
}
