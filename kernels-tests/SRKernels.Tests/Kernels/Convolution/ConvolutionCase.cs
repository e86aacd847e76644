using SRKernels.Kernels;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels.Convolution;

/// <summary>Runs one convolution on two contexts and holds the results against each other.</summary>
internal static class ConvolutionCase
{
    public const double MaxNmse = 1e-9;
    public const double MaxRelative = 1e-5;

    public static float[] Random(int seed, int count, float mean = 0)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = mean + (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2);
        return values;
    }

    public static Conv2dWeights Weights(int seed, int outChannels, int inChannels, int kernel) => Conv2dWeights.Pack(
        Random(seed, outChannels * inChannels * kernel * kernel), Random(seed + 1, outChannels), outChannels, inChannels, kernel, Random(seed + 7, outChannels));

    public static float[] Run(
        KernelContext cx, Shape shape, float[] input, Conv2dWeights w, Conv2dOptions options, float[]? residual, float[]? inputAffine = null)
    {
        using var x = cx.Upload(input, shape);
        using var r = residual is null ? null : cx.Upload(residual, Conv2d.OutputShape(shape, w, options));
        using var affine = inputAffine is null ? null : cx.Upload(inputAffine, new Shape(shape.N, 1, 1, 2 * shape.C));
        using var result = Conv2d.Apply(cx, x, w, options with { Residual = r, InputAffine = affine });
        return cx.Read(result);
    }

    public static void AssertClose(string what, float[] expected, float[] actual, int channels)
    {
        Assert.Equal(expected.Length, actual.Length);
        double error = 0, energy = 0, largest = 0;
        var worst = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            double e = expected[i], d = actual[i] - e;
            error += d * d;
            energy += e * e;
            largest = Math.Max(largest, Math.Abs(e));
            if (!(Math.Abs(d) <= Math.Abs(actual[worst] - (double)expected[worst]))) worst = i;
        }

        var nmse = error / energy;
        var relative = Math.Abs(actual[worst] - (double)expected[worst]) / largest;
        Assert.True(
            nmse <= MaxNmse && relative <= MaxRelative,
            $"{what}: NMSE {nmse:E2} (<= {MaxNmse:E0}), max error {relative:E2} of max|b| (<= {MaxRelative:E0}) at pixel {worst / channels}, "
            + $"channel {worst % channels}: expected {expected[worst]:R}, got {actual[worst]:R}");
    }
}
