using ILGPU;
using SRKernels.Kernels.Activations;
using SRKernels.Intrinsics;
using static SRKernels.Kernels.Convolution.Conv2dKernels;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// The implicit product of <see cref="Conv2dKernels"/> for processors behind OpenCL, where groups are loops and barriers cut them to pieces.
/// Measured (PoCL 3.1, two Zen 4 cores, by processor time): 84 GFLOP/s for 3x3 160 -> 160 on 64x64, 66 for 1x1 192 -> 768; the shared tiles make 4 to 8.
/// </summary>
internal static class Conv2dHalfPanelKernels
{
    /// <summary>Pixels and channels of a thread, and how many elements of its sums it takes at a time.</summary>
    public const int ThreadPixels = 4, HalfPanel = 16, ThreadDepth = 4;

    /// <summary>What is left of a GroupNorm, as a pass of its own before <see cref="PixelsByHalfPanel"/>: a thread owns a pixel.</summary>
    [Kernel]
    public static void AffineMap(ArrayView<float> x, ArrayView<float> affine, ArrayView<float> u, int pixels, int imagePixels, int inChannels, int flags)
    {
        int pixel = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (pixel >= pixels) return;
        int at = pixel * inChannels;
        int m = pixel / imagePixels * 2 * inChannels;
        int activation = flags >> InputActivationShift & ActivationMask;
        for (int i = 0; i < inChannels; i++) u[at + i] = DeviceActivation.Apply(activation, (x[at + i] * affine[m + i]) + affine[m + inChannels + i]);
    }

    /// <summary>
    /// A thread alone makes 4 neighbouring pixels by half a panel of 16 channels, without shared memory or barriers; threads that follow one
    /// another take neighbouring pixels of the same half panel. Four elements of every sum at a time, between memory and memory: straight
    /// code of loads, products and stores side by side is what the compilers of processors turn into vectors. The input is affine already.
    /// The memory for sums is [pixels, filled up to 4][channels, filled up to 16], y itself where both are whole.
    /// </summary>
    [Kernel]
    public static void PixelsByHalfPanel(
        ArrayView<float> x, ArrayView<float> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> sums, ArrayView<float> y,
        long mapExtent, long outExtent, long channels, int pixels, int flags, long strides)
    {
        ArrayView<float> tile = LocalMemory.Allocate<float>(ThreadPixels * HalfPanel);
        ArrayView<float> row = LocalMemory.Allocate<float>(HalfPanel);
        ArrayView<int> origin = LocalMemory.Allocate<int>(ThreadPixels);
        ArrayView<int> mask = LocalMemory.Allocate<int>(ThreadPixels);
        ArrayView<int> from = LocalMemory.Allocate<int>(ThreadPixels);
        int height = (int)(mapExtent >> 32);
        int width = (int)mapExtent;
        int outWidth = (int)outExtent;
        int outPixels = (int)(outExtent >> 32) * outWidth;
        int inChannels = (int)(channels >> 32);
        int outChannels = (int)channels;
        int taps = (flags & ThreeByThree) != 0 ? 9 : 1;
        int shift = (flags & StrideTwo) != 0 ? 1 : 0;
        int pad = (flags & Padded) != 0 ? 1 : 0;
        int blocks = (pixels + ThreadPixels - 1) / ThreadPixels;
        int thread = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int first = thread % blocks * ThreadPixels;
        int column = thread / blocks * HalfPanel;
        if (column >= outChannels) return;
        for (int i = 0; i < ThreadPixels; i++)
        {
            int pixel = first + i;
            int n = pixel / outPixels;
            int rest = pixel - (n * outPixels);
            int top = (rest / outWidth << shift) - pad;
            int left = (rest % outWidth << shift) - pad;
            origin[i] = Conv2dTaps.Origin(n, top, left, height, width, flags);
            mask[i] = pixel < pixels ? Conv2dTaps.Inside(top, left, height, width, flags) : 0;
        }

        int sumsChannels = (outChannels + HalfPanel - 1) / HalfPanel * HalfPanel;
        int to = (first * sumsChannels) + column;
        for (int i = 0; i < ThreadPixels; i++)
            for (int j = 0; j < HalfPanel; j++) sums[to + (i * sumsChannels) + j] = 0;

        int fromB = (column / PanelColumns * taps * inChannels * PanelColumns) + (column % PanelColumns);
        int whole = inChannels - (inChannels % ThreadDepth);
        for (int tap = 0; tap < taps; tap++)
        {
            for (int i = 0; i < ThreadPixels; i++) from[i] = (mask[i] >> tap & 1) != 0 ? Conv2dTaps.Pixel(tap, origin[i], mask[i], width, flags) * InStride(strides) : 0;
            for (int k = 0; k < inChannels;)
            {
                for (int i = 0; i < ThreadPixels; i++)
                    for (int j = 0; j < HalfPanel; j++) tile[(i * HalfPanel) + j] = sums[to + (i * sumsChannels) + j];
                if (k < whole)
                {
                    for (int p = 0; p < ThreadDepth; p++)
                    {
                        for (int j = 0; j < HalfPanel; j++) row[j] = weights[fromB + (p * PanelColumns) + j];
                        for (int i = 0; i < ThreadPixels; i++)
                        {
                            float a = (mask[i] >> tap & 1) != 0 ? x[from[i] + k + p] : 0;
                            for (int j = 0; j < HalfPanel; j++) tile[(i * HalfPanel) + j] += a * row[j];
                        }
                    }

                    k += ThreadDepth;
                    fromB += ThreadDepth * PanelColumns;
                }
                else
                {
                    for (int j = 0; j < HalfPanel; j++) row[j] = weights[fromB + j];
                    for (int i = 0; i < ThreadPixels; i++)
                    {
                        float a = (mask[i] >> tap & 1) != 0 ? x[from[i] + k] : 0;
                        for (int j = 0; j < HalfPanel; j++) tile[(i * HalfPanel) + j] += a * row[j];
                    }

                    k++;
                    fromB += PanelColumns;
                }

                for (int i = 0; i < ThreadPixels; i++)
                    for (int j = 0; j < HalfPanel; j++) sums[to + (i * sumsChannels) + j] = tile[(i * HalfPanel) + j];
            }
        }

        int activation = flags >> ActivationShift & ActivationMask;
        bool adds = (flags & HasResidual) != 0;
        int rows = pixels - first < ThreadPixels ? pixels - first : ThreadPixels;
        int columns = outChannels - column < HalfPanel ? outChannels - column : HalfPanel;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                float value = DeviceActivation.Apply(activation, sums[to + (i * sumsChannels) + j] + bias[column + j], bias[SlopesAt(outChannels) + column + j]);
                if (adds) value += residual[((first + i) * ResidualStride(strides)) + column + j];
                y[((first + i) * OutStride(strides)) + column + j] = value;
            }
        }
    }
}
