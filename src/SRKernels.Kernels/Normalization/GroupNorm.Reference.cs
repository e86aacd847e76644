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
                double sum = 0, squares = 0;
                for (long p = 0; p < (long)h * w; p++)
                    for (var i = 0; i < size; i++) sum += source[(p * c) + i];
                var mean = sum / ((double)h * w * size);
                for (long p = 0; p < (long)h * w; p++)
                    for (var i = 0; i < size; i++) squares += (source[(p * c) + i] - mean) * (source[(p * c) + i] - mean);
                var deviation = Math.Sqrt((squares / ((double)h * w * size)) + eps);
                for (var i = 0; i < size; i++)
                {
                    var channel = (g * size) + i;
                    double scale = scaleShift is null ? 0 : scaleShift.Image(n)[channel];
                    double shift = scaleShift is null ? 0 : scaleShift.Image(n)[c + channel];
                    for (long p = 0; p < (long)h * w; p++)
                    {
                        var u = ((source[(p * c) + i] - mean) / deviation * gamma[channel]) + beta[channel];
                        target[(p * c) + i] = (float)ReferenceActivation.Apply(activation, (u * (1 + scale)) + shift);
                    }
                }
            }
    }
}
