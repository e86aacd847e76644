using System.Buffers;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Noise;

public static partial class PhiloxNoise
{
    private const float WordToUnit = 2.3283064e-10f;

    /// <summary>A few tens of thousands of values for each step of the chain: one body serves both kinds of the processor.</summary>
    private static void Reference(ulong seed, ulong counter, int threads, Tensor y)
    {
        var (images, _, _, c) = y.Shape;
        var pixels = y.Shape.Pixels;
        var target = y.Span;
        var count = target.Length;
        var values = ArrayPool<float>.Shared.Rent(count);
        Fill(values.AsSpan(0, count), seed, counter, threads);
        for (var n = 0; n < images; n++)
            for (var p = 0; p < pixels; p++)
                for (var k = 0; k < c; k++) target[(((n * pixels) + p) * c) + k] = values[(((n * c) + k) * pixels) + p];
        ArrayPool<float>.Shared.Return(values);
    }

    /// <summary>Four normals from one counter.</summary>
    private static (float A, float B, float C, float D) Normals(ulong counter, uint thread, uint keyA, uint keyB)
    {
        var (x, y, z, w) = Philox.Block((uint)counter, (uint)(counter >> 32), thread, 0, keyA, keyB);
        var (a, b) = Pair(x, y);
        var (c, d) = Pair(z, w);
        return (a, b, c, d);
    }

    /// <summary>One of the four, as the kernel makes it.</summary>
    internal static float Normal(ulong counter, uint thread, uint keyA, uint keyB, int which)
    {
        var (x, y, z, w) = Philox.Block((uint)counter, (uint)(counter >> 32), thread, 0, keyA, keyB);
        var (first, second) = Pair(which < 2 ? x : z, which < 2 ? y : w);
        return (which & 1) == 0 ? first : second;
    }

    // Box-Muller on two words, each moved to the middle of its cell; the sine is the first of the pair.
    private static (float First, float Second) Pair(uint x, uint y)
    {
        var u = (x * WordToUnit) + (WordToUnit / 2);
        var v = (y * (WordToUnit * 2 * MathF.PI)) + (WordToUnit * MathF.PI);
        var radius = MathF.Sqrt(-2 * MathF.Log(u));
        return (radius * MathF.Sin(v), radius * MathF.Cos(v));
    }
}
