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
        var tensor = cx.Rent(n, h, w, c);
        var pixels = tensor.Span;
        for (var i = 0; i < nchw.Length; i++)
        {
            var (image, plane, pixel) = (i / (c * h * w), i / (h * w) % c, i % (h * w));
            pixels[(((image * h * w) + pixel) * c) + plane] = nchw[i];
        }

        return tensor;
    }

    public static float[] ToNchw(Tensor tensor)
    {
        var s = tensor.Shape;
        var result = new float[s.Count];
        var pixels = tensor.Span;
        for (var i = 0; i < result.Length; i++)
        {
            var (image, plane, pixel) = (i / (s.C * s.Pixels), i / s.Pixels % s.C, i % s.Pixels);
            result[i] = pixels[(((image * s.Pixels) + pixel) * s.C) + plane];
        }

        return result;
    }
}
