using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Normalization;

/// <summary>Statistics without barriers and shuffles, for devices on which threads meet slowly (<see cref="Runtime.DeviceInfo.ShunsBarriers"/>).</summary>
internal static class GroupNormSerialKernels
{
    /// <summary>Pixels that are summed by themselves first: the sum's rounding grows with the runs, not with the pixels.</summary>
    private const int Run = 64;

    /// <summary>
    /// Grid: norms x images, groups of one thread, which reads the norm twice: its mean, counted from its first value, then the squared deviations from
    /// that. Writes the norm's affine numbers. Any c.
    /// </summary>
    [Kernel(MaxThreads = 1)]
    public static void OneThreadPerNorm(
        ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> scaleShift, ArrayView<float> affine, int pixels, int c, int size,
        float eps, int scaled, int centred)
    {
        int first = (Grid.IdxY * pixels * c) + (Grid.IdxX * size);
        float origin = x[first];
        float sum = 0;
        float squares = 0;
        for (int from = 0; from < pixels; from += Run)
        {
            float part = 0;
            for (int pixel = from; pixel < pixels && pixel < from + Run; pixel++)
                for (int i = 0; i < size; i++)
                    part += x[first + (pixel * c) + i] - origin;
            sum += part;
        }

        float count = (float)pixels * size;
        float average = sum / count;
        for (int from = 0; from < pixels; from += Run)
        {
            float part = 0;
            for (int pixel = from; pixel < pixels && pixel < from + Run; pixel++)
            {
                for (int i = 0; i < size; i++)
                {
                    float apart = (x[first + (pixel * c) + i] - origin) - average;
                    part += apart * apart;
                }
            }

            squares += part;
        }

        GroupNormKernels.ChannelNumbers numbers = GroupNormKernels.NumbersOf(0, size, gamma, beta, scaleShift, c, scaled);
        GroupNormKernels.WriteAffine(numbers, gamma, beta, scaleShift, affine, origin, average, squares / count, c, size, 1, eps, scaled, centred);
    }
}
