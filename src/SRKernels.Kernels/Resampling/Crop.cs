using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

/// <summary>
/// Cuts a rectangle out of a map: y[n, i, j] = x[n, top + i, left + j].
/// </summary>
/// <remarks>x [n, h, w, c] to y [n, rows, columns, c].</remarks>
public static partial class Crop
{
    /// <summary>The rectangle, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, c].</param>
    /// <param name="top">First row.</param>
    /// <param name="left">First column.</param>
    /// <param name="h">Rows.</param>
    /// <param name="w">Columns.</param>
    /// <returns>[n, h, w, c].</returns>
    /// <exception cref="Runtime.SrkException">The rectangle is empty or reaches outside.</exception>
    public static Tensor Apply(KernelContext cx, Tensor x, int top, int left, int h, int w)
    {
        if (top < 0 || left < 0 || h < 1 || w < 1 || (long)top + h > x.Shape.H || (long)left + w > x.Shape.W)
            Expect.Throw(nameof(Crop), $"a rectangle inside {x.Shape}", $"{h}x{w} at ({top},{left})", "check the tile's place");
        var y = cx.Rent(x.Shape with { H = h, W = w });
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(x, top, left, y); break;
            case ExecutionKind.Device: Gpu(cx, x, cx.Gpu.Constant<int>([top, left]), y); break;
            default: Cpu(cx, x, top, left, y); break;
        }

        return y;
    }

    /// <summary>As <see cref="Apply"/>, for a place that is known when the program runs: one recording serves every tile.</summary>
    /// <param name="cx">A context of a device.</param>
    /// <param name="x">[n, h, w, c].</param>
    /// <param name="origin">Two ints: first row and first column. Whoever writes them keeps the rectangle inside.</param>
    /// <param name="h">Rows.</param>
    /// <param name="w">Columns.</param>
    internal static Tensor ApplyAt(KernelContext cx, Tensor x, GpuView origin, int h, int w)
    {
        if (h < 1 || w < 1 || h > x.Shape.H || w > x.Shape.W)
            Expect.Throw(nameof(Crop), $"a rectangle inside {x.Shape}", $"{h}x{w}", "check the tile's extents");
        var y = cx.Rent(x.Shape with { H = h, W = w });
        Gpu(cx, x, origin, y);
        return y;
    }
}
