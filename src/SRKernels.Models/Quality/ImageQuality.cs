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
        double sum = 0;
        for (var channel = 0; channel < 3; channel++)
        {
            var (a, b) = (Plane(expected, channel), Plane(actual, channel));
            for (var i = 0; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
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
        for (var channel = 0; channel < 3; channel++)
            sum += Ssim(Plane(expected, channel), Plane(actual, channel), expected.Width, expected.Height);
        return sum / 3;
    }

    private static double Ssim(double[] a, double[] b, int width, int height)
    {
        var meanA = Blur(a, null, width, height);
        var meanB = Blur(b, null, width, height);
        var squareA = Blur(a, a, width, height);
        var squareB = Blur(b, b, width, height);
        var product = Blur(a, b, width, height);
        double sum = 0;
        for (var i = 0; i < meanA.Length; i++)
        {
            var (ma, mb) = (meanA[i], meanB[i]);
            var covariance = product[i] - (ma * mb);
            var variances = squareA[i] - (ma * ma) + squareB[i] - (mb * mb);
            sum += ((2 * ma * mb) + C1) * ((2 * covariance) + C2) / (((ma * ma) + (mb * mb) + C1) * (variances + C2));
        }

        return sum / meanA.Length;
    }

    /// <summary>Gaussian means of a plane, or of its product with another, where the window lies inside.</summary>
    private static double[] Blur(double[] plane, double[]? other, int width, int height)
    {
        var weights = Gaussian();
        var (outWidth, outHeight) = (width - Window + 1, height - Window + 1);
        var rows = new double[height * outWidth];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < outWidth; x++)
            {
                double sum = 0;
                for (var k = 0; k < Window; k++)
                {
                    var i = (y * width) + x + k;
                    sum += weights[k] * (other is null ? plane[i] : plane[i] * other[i]);
                }

                rows[(y * outWidth) + x] = sum;
            }

        var result = new double[outHeight * outWidth];
        for (var y = 0; y < outHeight; y++)
            for (var x = 0; x < outWidth; x++)
            {
                double sum = 0;
                for (var k = 0; k < Window; k++) sum += weights[k] * rows[((y + k) * outWidth) + x];
                result[(y * outWidth) + x] = sum;
            }

        return result;
    }

    private static double[] Gaussian()
    {
        var weights = new double[Window];
        for (var i = 0; i < Window; i++) weights[i] = Math.Exp(-(i - (Window / 2)) * (i - (Window / 2)) / (2 * Sigma * Sigma));
        var sum = weights.Sum();
        for (var i = 0; i < Window; i++) weights[i] /= sum;
        return weights;
    }

    /// <summary>One colour as 0..1.</summary>
    private static double[] Plane(Image image, int channel)
    {
        var plane = new double[image.Width * image.Height];
        var offset = image.IsGrey ? 0 : channel;
        for (var i = 0; i < plane.Length; i++)
        {
            var at = (i * image.Channels) + offset;
            plane[i] = image.BitDepth == 8 ? image.Samples8[at] / 255.0 : image.Samples16[at] / 65535.0;
        }

        return plane;
    }

    private static void CheckSizes(Image expected, Image actual)
    {
        if (expected.Width != actual.Width || expected.Height != actual.Height)
            throw new SrkException("comparison", $"{Size(expected)} like the reference", Size(actual), "give the reference of this picture and scale");
    }

    private static string Size(Image image) => $"{image.Width}x{image.Height}";
}
