using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;
using SRKernels.Runtime;

namespace SRKernels.Kernels.Gpu;

/// <summary>A function of one element.</summary>
internal interface IDeviceUnary
{
    float Of(float x);
}

/// <summary>A function of two elements at one place.</summary>
internal interface IDeviceBinary
{
    float Of(float a, float b);
}

/// <summary>A function of three elements at one place.</summary>
internal interface IDeviceTernary
{
    float Of(float a, float b, float c);
}

/// <summary>
/// What elementwise kernels have in common: thread i has the elements 4 i .. 4 i + 3 as one wide access; the up to three that are left over go one
/// each to the threads after the last of those. Tensors start at multiples of 16 bytes.
/// </summary>
internal static class ElementwiseQuads
{
    internal const int Threads = 256;

    /// <summary>The launch for so many elements.</summary>
    public static LaunchShape Shape(long count) => OnePerThread((count / 4) + (count % 4));

    /// <summary>The launch of kernels that give each thread one item.</summary>
    public static LaunchShape OnePerThread(long items) => new(new Extent(checked((int)((items + Threads - 1) / Threads))), new Extent(Threads));

    /// <summary>y[i] = f(x[i]).</summary>
    public static void Map<TFunction>(ArrayView<float> x, ArrayView<float> y, int count, TFunction f)
        where TFunction : struct, IDeviceUnary
    {
        int i = (Grid.IdxX * Threads) + Group.IdxX;
        int quads = count / 4;
        if (i < quads)
        {
            Float4 v = x.AsAligned(16).Cast<Float4>()[i];
            y.AsAligned(16).Cast<Float4>()[i] = new Float4 { X = f.Of(v.X), Y = f.Of(v.Y), Z = f.Of(v.Z), W = f.Of(v.W) };
        }
        else
        {
            int rest = (3 * quads) + i;
            if (rest < count) y[rest] = f.Of(x[rest]);
        }
    }

    /// <summary>y[i] = f(a[i], b[i]).</summary>
    public static void Map<TFunction>(ArrayView<float> a, ArrayView<float> b, ArrayView<float> y, int count, TFunction f)
        where TFunction : struct, IDeviceBinary
    {
        int i = (Grid.IdxX * Threads) + Group.IdxX;
        int quads = count / 4;
        if (i < quads)
        {
            Float4 v = a.AsAligned(16).Cast<Float4>()[i];
            Float4 w = b.AsAligned(16).Cast<Float4>()[i];
            y.AsAligned(16).Cast<Float4>()[i] = new Float4 { X = f.Of(v.X, w.X), Y = f.Of(v.Y, w.Y), Z = f.Of(v.Z, w.Z), W = f.Of(v.W, w.W) };
        }
        else
        {
            int rest = (3 * quads) + i;
            if (rest < count) y[rest] = f.Of(a[rest], b[rest]);
        }
    }

    /// <summary>y[i] = f(a[i], b[i], c[i]).</summary>
    public static void Map<TFunction>(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> y, int count, TFunction f)
        where TFunction : struct, IDeviceTernary
    {
        int i = (Grid.IdxX * Threads) + Group.IdxX;
        int quads = count / 4;
        if (i < quads)
        {
            Float4 v = a.AsAligned(16).Cast<Float4>()[i];
            Float4 w = b.AsAligned(16).Cast<Float4>()[i];
            Float4 u = c.AsAligned(16).Cast<Float4>()[i];
            y.AsAligned(16).Cast<Float4>()[i] = new Float4
            {
                X = f.Of(v.X, w.X, u.X), Y = f.Of(v.Y, w.Y, u.Y), Z = f.Of(v.Z, w.Z, u.Z), W = f.Of(v.W, w.W, u.W),
            };
        }
        else
        {
            int rest = (3 * quads) + i;
            if (rest < count) y[rest] = f.Of(a[rest], b[rest], c[rest]);
        }
    }
}
