using SRKernels.Kernels.Resampling;

namespace SRKernels.Kernels.Pixels;

internal static partial class RgbPixels
{
    /// <summary>The definition of <see cref="Load"/>, on the processor.</summary>
    /// <param name="picture">The picture's numbers, bytes as floats.</param>
    /// <param name="form">How it lies there.</param>
    /// <param name="h">Rows of the result.</param>
    /// <param name="w">Columns of the result.</param>
    public static float[] ReferenceLoad(ReadOnlySpan<float> picture, PixelForm form, int h, int w)
    {
        var x = new float[h * w * Channels];
        for (var i = 0; i < h; i++)
            for (var j = 0; j < w; j++)
                for (var k = 0; k < Channels; k++)
                {
                    var v = picture[(ReflectPad.Bounce(i, form.H) * form.Pitch) + (ReflectPad.Bounce(j, form.W) * Channels) + k];
                    var u = form.Values == PixelValues.Bytes ? v / 255f : v;
                    x[(((i * w) + j) * Channels) + k] = form.Values == PixelValues.MinusOneToOne ? v : (u - 0.5f) / 0.5f;
                }

        return x;
    }

    /// <summary>The definition of <see cref="Store"/>, on the processor; what it does not write stays.</summary>
    /// <param name="x">[1, h, w, 3].</param>
    /// <param name="picture">Gets the picture's numbers, bytes as floats.</param>
    /// <param name="form">How it lies there.</param>
    public static void ReferenceStore(ReadOnlySpan<float> x, Span<float> picture, PixelForm form)
    {
        for (var i = 0; i < form.H; i++)
            for (var j = 0; j < form.W * Channels; j++)
            {
                var v = x[(i * form.W * Channels) + j];
                var half = v * 0.5f;
                var u = Math.Clamp(half + 0.5f, 0, 1); // NaN stays
                picture[(i * form.Pitch) + j] = form.Values switch
                {
                    PixelValues.Bytes => float.IsNaN(u) ? 0 : MathF.Round(u * 255f, MidpointRounding.ToEven),
                    PixelValues.ZeroToOne => u,
                    _ => v,
                };
            }
    }
}
