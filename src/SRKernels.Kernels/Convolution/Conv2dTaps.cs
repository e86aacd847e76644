using static SRKernels.Kernels.Convolution.Conv2dKernels;

namespace SRKernels.Kernels.Convolution;

/// <summary>Which pixels of the map are under a kernel's taps, inside kernels: pixels are counted over all images of the batch.</summary>
internal static class Conv2dTaps
{
    private const int RowParity = 9, ColumnParity = 10;

    /// <summary>The pixel under the first tap; where that is outside the map, the number it would have.</summary>
    public static int Origin(int n, int top, int left, int height, int width, int flags)
    {
        int zoom = (flags & Upsampled) != 0 ? 1 : 0;
        return (((n * height) + (top >> zoom)) * width) + (left >> zoom);
    }

    /// <summary>A bit for each tap that is inside the map; of an upsampled map, then whether its first row and column are the second of their pixel.</summary>
    public static int Inside(int top, int left, int height, int width, int flags)
    {
        int zoom = (flags & Upsampled) != 0 ? 1 : 0;
        int columns = 0;
        for (int i = 0; i < 3; i++) columns |= left + i >= 0 && left + i < width << zoom ? 1 << i : 0;
        int taps = 0;
        for (int i = 0; i < 3; i++) taps |= top + i >= 0 && top + i < height << zoom ? columns << (3 * i) : 0;
        return zoom == 0 ? taps : taps | ((top & 1) << RowParity) | ((left & 1) << ColumnParity);
    }

    /// <summary>The pixel under a tap (of a 1x1 kernel, tap is 0).</summary>
    public static int Pixel(int tap, int origin, int inside, int width, int flags)
    {
        int row = tap * 11 >> 5; // tap / 3, for taps below 9
        int column = tap - (row * 3);
        if ((flags & Upsampled) != 0)
        {
            row = (row + (inside >> RowParity & 1)) >> 1;
            column = (column + (inside >> ColumnParity & 1)) >> 1;
        }

        return origin + (row * width) + column;
    }
}
