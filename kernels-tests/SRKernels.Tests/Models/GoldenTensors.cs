using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Tests.Models;

/// <summary>Goldens are NCHW, tensors NHWC.</summary>
internal static class GoldenTensors
{
    /// <summary>A rented tensor from an NCHW golden.</summary>
    public static Tensor Rent(KernelContext cx, GoldenFile file, string key)
    {
        var shape = file.Shape(key);
        return FromNchw(cx, file.Floats(key), shape[0], shape[1], shape[2], shape[3]);
    }

    public static Tensor FromNchw(KernelContext cx, ReadOnlySpan<float> nchw, int n, int c, int h, int w)
    {
        var pixels = new float[nchw.Length];
        for (var i = 0; i < nchw.Length; i++)
        {
            var (image, plane, pixel) = (i / (c * h * w), i / (h * w) % c, i % (h * w));
            pixels[(((image * h * w) + pixel) * c) + plane] = nchw[i];
        }

        return cx.Upload(pixels, new Shape(n, h, w, c));
    }

    public static float[] ToNchw(Tensor tensor) => ToNchw(tensor.Shape, tensor.Span);

    public static float[] ToNchw(Shape s, ReadOnlySpan<float> pixels)
    {
        var result = new float[s.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var (image, plane, pixel) = (i / (s.C * s.Pixels), i / s.Pixels % s.C, i % s.Pixels);
            result[i] = pixels[(((image * s.Pixels) + pixel) * s.C) + plane];
        }

        return result;
    }
}
