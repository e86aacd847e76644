using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Normalization;

public static unsafe partial class GroupNorm
{
    private static void Reference(
        Tensor x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, int groups, float eps,
        Activation activation, Tensor? scaleShift, Tensor y)
    {
        var (_, h, w, c) = x.Shape;
        var size = c / groups;
        for (var n = 0; n < x.Shape.N; n++)
            for (var g = 0; g < groups; g++)
            {
                var source = x.Image(n) + (g * size);
                var target = y.Image(n) + (g * size);
                var (mean, variance) = Moments(x, n, g * size, size);
                var deviation = Math.Sqrt(variance + eps);
                for (var i = 0; i < size; i++)
                {
                    var channel = (g * size) + i;
                    var (scale, shift) = ScaleShift(scaleShift, n, channel, c);
                    for (long p = 0; p < (long)h * w; p++)
                    {
                        var u = ((source[(p * c) + i] - mean) / deviation * gamma[channel]) + beta[channel];
                        target[(p * c) + i] = (float)ReferenceActivation.Apply(activation, (u * (1 + scale)) + shift);
                    }
                }
            }
    }

    private static void Reference(
        Tensor x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, int groups, float eps, Tensor? scaleShift, Tensor affine)
    {
        var c = x.Shape.C;
        var size = c / groups;
        for (var n = 0; n < x.Shape.N; n++)
            for (var g = 0; g < groups; g++)
            {
                var (mean, variance) = Moments(x, n, g * size, size);
                for (var channel = g * size; channel < (g + 1) * size; channel++)
                {
                    var (scale, shift) = ScaleShift(scaleShift, n, channel, c);
                    var multiplier = (float)(gamma[channel] * (1 + scale) / Math.Sqrt(variance + eps));
                    affine.Image(n)[channel] = multiplier;
                    // The offset makes up for the multiplier's rounding at the mean.
                    affine.Image(n)[c + channel] = (float)((beta[channel] * (1 + scale)) + shift - (mean * multiplier));
                }
            }
    }

    /// <summary>Mean and biased variance of some channels of an image.</summary>
    private static (double Mean, double Variance) Moments(Tensor x, int n, int channel, int size)
    {
        var (_, h, w, c) = x.Shape;
        var source = x.Image(n) + channel;
        var count = (double)h * w * size;
        double sum = 0, squares = 0;
        for (long p = 0; p < (long)h * w; p++)
            for (var i = 0; i < size; i++) sum += source[(p * c) + i];
        var mean = sum / count;
        for (long p = 0; p < (long)h * w; p++)
            for (var i = 0; i < size; i++) squares += (source[(p * c) + i] - mean) * (source[(p * c) + i] - mean);
        return (mean, squares / count);
    }

    private static (double Scale, double Shift) ScaleShift(Tensor? scaleShift, int n, int channel, int c) =>
        scaleShift is null ? (0, 0) : (scaleShift.Image(n)[channel], scaleShift.Image(n)[c + channel]);
}
