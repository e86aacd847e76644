using SRKernels.Kernels;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Imaging;

namespace SRKernels.Models.Tiling;

/// <summary>A picture's alpha enlarged by bicubic weights, some rows at a time from the top: the values of enlarging it whole.</summary>
/// <param name="cx">Where it is enlarged.</param>
/// <param name="picture">A picture with alpha.</param>
/// <param name="scale">How much larger.</param>
internal sealed class AlphaStrip(KernelContext cx, Image picture, int scale) : IDisposable
{
    private const int Rows = 8;

    // The weights of a row of the result reach two rows of the picture beyond its own.
    private const int Reach = 2;

    private Tensor? _strip;
    private int _top;

    /// <summary>Bytes that are held at a time, and beside them while a strip is made.</summary>
    public static long HeldBytes(int width, int scale) => (Rows + (2L * Reach)) * (width + ((long)width * scale * scale)) * sizeof(float);

    /// <summary>One row of the result, -1 to 1. Rows are asked for in their order.</summary>
    public ReadOnlySpan<float> Row(int y)
    {
        if (y % (Rows * scale) == 0) Enlarge(y / scale);
        return _strip!.Row(y - _top);
    }

    public void Dispose() => _strip?.Dispose();

    private void Enlarge(int first)
    {
        _strip?.Dispose();
        var (from, end) = (Math.Max(0, first - Reach), Math.Min(picture.Height, first + Rows + Reach));
        using var alpha = cx.Rent(1, end - from, picture.Width, 1);
        for (var y = from; y < end; y++) PixelFloats.Alpha(picture, y, alpha.Row(y - from), PixelRange.MinusOneToOne);
        _strip = BicubicResize.Apply(cx, alpha, scale);
        _top = from * scale;
    }
}
