using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Pixels;

/// <summary>
/// Pictures that lie in a device's memory, red, green and blue in turn, to what the networks see and back.
/// </summary>
/// <remarks>
/// Load: x[i, j, k] = signed(p[bounce(i, h) pitch + 3 bounce(j, w) + k]), continued below and to the right as <see cref="Resampling.ReflectPad"/>
/// does. Store: p[i pitch + 3 j + k] = value(x[i, j, k]). With u = v / 255 for bytes and u = v for floats of 0..1, signed(v) = (u - 0.5) / 0.5;
/// back, u = min(max(x 0.5 + 0.5, 0), 1), of which a byte is 255 u rounded half to even; NaN counts as 0 there. Floats of -1..1 are copied. The
/// numbers are those of the processor's pictures to the bit (PixelFloats of SRKernels.Models).
/// p [h, pitch] with 3 w of each row's elements; x [1, h, w, 3].
/// </remarks>
internal static partial class RgbPixels
{
    /// <summary>Colours of a pixel.</summary>
    public const int Channels = 3;

    /// <summary>A picture as an activation, rented from the context.</summary>
    /// <param name="cx">A context of a device.</param>
    /// <param name="picture">Bytes or floats, as <paramref name="form"/> says.</param>
    /// <param name="form">How the picture lies there.</param>
    /// <param name="h">Rows of the result, at least the picture's.</param>
    /// <param name="w">Columns of the result, at least the picture's.</param>
    /// <returns>[1, h, w, 3], black -1 and white 1.</returns>
    public static Tensor Load(KernelContext cx, GpuView picture, PixelForm form, int h, int w)
    {
        Expect.That(h >= form.H && w >= form.W, nameof(RgbPixels), $"room for {form.H}x{form.W}", $"{h}x{w}", "cut the picture first");
        var x = cx.Rent(1, h, w, Channels);
        GpuLoad(cx, picture, form, x);
        return x;
    }

    /// <summary>Writes an activation out as a picture.</summary>
    /// <param name="cx">A context of a device.</param>
    /// <param name="x">[1, h, w, 3], black -1 and white 1.</param>
    /// <param name="picture">Bytes or floats, as <paramref name="form"/> says.</param>
    /// <param name="form">How the picture lies there; of the extents of <paramref name="x"/>.</param>
    public static void Store(KernelContext cx, Tensor x, GpuView picture, PixelForm form)
    {
        Expect.SameShape(nameof(RgbPixels), new Shape(1, form.H, form.W, Channels), x.Shape, "a picture");
        GpuStore(cx, x, picture, form);
    }
}

/// <summary>How a picture lies in memory.</summary>
/// <param name="Values">What its numbers are.</param>
/// <param name="H">Rows.</param>
/// <param name="W">Columns.</param>
/// <param name="Pitch">Elements from a row's first to the next row's first, at least 3 a column.</param>
internal readonly record struct PixelForm(PixelValues Values, int H, int W, int Pitch)
{
    /// <summary>Bytes of an element.</summary>
    public int ElementBytes => Values == PixelValues.Bytes ? sizeof(byte) : sizeof(float);

    /// <summary>Elements from the first to the last.</summary>
    public long Elements => ((H - 1L) * Pitch) + ((long)W * RgbPixels.Channels);
}
