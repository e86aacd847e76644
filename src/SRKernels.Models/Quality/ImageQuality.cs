using SRKernels.Models.Imaging;
using SRKernels.Runtime;

namespace SRKernels.Models.Quality;

/// <summary>How near one picture is to another.</summary>
public static class ImageQuality
{
    internal const int Window = 11;
    private const double Sigma = 1.5;
    private const double C1 = 0.01 * 0.01;
    private const double C2 = 0.03 * 0.03;

    /// <summary>Peak signal to noise ratio over all samples of red, green and blue, in dB; infinite for equal pictures.</summary>
    /// <param name="expected">The reference.</param>
    /// <param name="actual">The picture, of the same size. Alpha is not looked at, grey counts as three equal channels.</param>
    /// <exception cref="SrkException">The sizes differ.</exception>
    public static double Psnr(Image expected, Image actual)
    {
        CheckSizes(expected, actual);
        var (a, b) = (new double[expected.Width], new double[expected.Width]);
        double sum = 0;
        for (var channel = 0; channel < 3; channel++)
            for (var y = 0; y < expected.Height; y++)
            {
                Row(expected, channel, y, a);
                Row(actual, channel, y, b);
                for (var x = 0; x < a.Length; x++) sum += (a[x] - b[x]) * (a[x] - b[x]);
            }

        return -10 * Math.Log10(sum / (3.0 * expected.Width * expected.Height));
    }

    /// <summary>Structural similarity, the mean over red, green and blue: Gaussian windows 11x11 of sigma 1.5 that lie wholly inside.</summary>
    /// <param name="expected">The reference, at least 11x11.</param>
    /// <param name="actual">The picture, of the same size. Alpha is not looked at, grey counts as three equal channels.</param>
    /// <exception cref="SrkException">The sizes differ or are too small.</exception>
    // Wang, Bovik, Sheikh, Simoncelli. Image quality assessment: from error visibility to structural similarity. 2004.
    public static double Ssim(Image expected, Image actual)
    {
        CheckSizes(expected, actual);
        if (expected.Width < Window || expected.Height < Window)
            throw new SrkException("SSIM", $"pictures of at least {Window}x{Window}", Size(expected), "compare larger ones");
        double sum = 0;
        for (var channel = 0; channel < 3; channel++) sum += Ssim(expected, actual, channel);
        return sum / 3;
    }

    /// <summary>Bytes that a comparison of pictures of a width holds beside them: they are gone through by rows.</summary>
    internal static long HeldBytes(int width) => ((5L * Window) + 2) * width * sizeof(double);

    private static double Ssim(Image expected, Image actual, int channel)
    {
        var (width, height) = (expected.Width, expected.Height);
        var (a, b) = (new double[width], new double[width]);
        var weights = Gaussian();
        var means = new WindowRows(weights, width - Window + 1);
        double sum = 0;
        for (var y = 0; y < height; y++)
        {
            Row(expected, channel, y, a);
            Row(actual, channel, y, b);
            means.Add(a, b);
            if (y < Window - 1) continue;
            for (var x = 0; x <= width - Window; x++)
            {
                var (ma, mb, aa, bb, ab) = means.At(x);
                var covariance = ab - (ma * mb);
                var variances = aa - (ma * ma) + bb - (mb * mb);
                sum += ((2 * ma * mb) + C1) * ((2 * covariance) + C2) / (((ma * ma) + (mb * mb) + C1) * (variances + C2));
            }
        }

        return sum / ((double)(width - Window + 1) * (height - Window + 1));
    }

    private static double[] Gaussian()
    {
        var weights = new double[Window];
        for (var i = 0; i < Window; i++) weights[i] = Math.Exp(-(i - (Window / 2)) * (i - (Window / 2)) / (2 * Sigma * Sigma));
        var sum = weights.Sum();
        for (var i = 0; i < Window; i++) weights[i] /= sum;
        return weights;
    }

    /// <summary>One row of one colour as 0..1.</summary>
    private static void Row(Image image, int channel, int y, double[] row)
    {
        var offset = image.IsGrey ? 0 : channel;
        if (image.BitDepth == 8)
        {
            var samples = image.Row8(y);
            for (var x = 0; x < row.Length; x++) row[x] = samples[(x * image.Channels) + offset] / 255.0;
        }
        else
        {
            var samples = image.Row16(y);
            for (var x = 0; x < row.Length; x++) row[x] = samples[(x * image.Channels) + offset] / 65535.0;
        }
    }

    private static void CheckSizes(Image expected, Image actual)
    {
        if (expected.Width != actual.Width || expected.Height != actual.Height)
            throw new SrkException("comparison", $"{Size(expected)} like the reference", Size(actual), "give the reference of this picture and scale");
    }

    private static string Size(Image image) => $"{image.Width}x{image.Height}";

    /// <summary>Gaussian means of two planes, their squares and their product, along the last rows; across them when asked.</summary>
    private sealed class WindowRows(double[] weights, int width)
    {
        private readonly double[] _a = new double[Window * width];
        private readonly double[] _b = new double[Window * width];
        private readonly double[] _aa = new double[Window * width];
        private readonly double[] _bb = new double[Window * width];
        private readonly double[] _ab = new double[Window * width];
        private int _next;

        public void Add(double[] a, double[] b)
        {
            var at = _next++ % Window * width;
            for (var x = 0; x < width; x++, at++)
            {
                double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
                for (var k = 0; k < Window; k++)
                {
                    var (va, vb, w) = (a[x + k], b[x + k], weights[k]);
                    ma += w * va;
                    mb += w * vb;
                    aa += w * (va * va);
                    bb += w * (vb * vb);
                    ab += w * (va * vb);
                }

                (_a[at], _b[at], _aa[at], _bb[at], _ab[at]) = (ma, mb, aa, bb, ab);
            }
        }

        /// <summary>The means over the window that begins in a column and ends in the last row.</summary>
        public (double A, double B, double Aa, double Bb, double Ab) At(int x)
        {
            double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
            for (var k = 0; k < Window; k++)
            {
                var (at, w) = (((_next + k) % Window * width) + x, weights[k]);
                ma += w * _a[at];
                mb += w * _b[at];
                aa += w * _aa[at];
                bb += w * _bb[at];
                ab += w * _ab[at];
            }

            return (ma, mb, aa, bb, ab);
        }
    }
}
