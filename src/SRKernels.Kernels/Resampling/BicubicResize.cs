using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

/// <summary>
/// Enlarges by cubic convolution with a = -0.75, without antialiasing and without clamping.
/// </summary>
/// <remarks>
/// The source of output o is s = (o + 1/2) / scale - 1/2; four taps at floor(s) - 1 .. floor(s) + 2, indices clamped to the map, in rows and
/// columns apart. x [n, h, w, c] to y [n, h scale, w scale, c]. Source: Keys 1981; PyTorch's interpolate, mode bicubic; spec §6.
/// </remarks>
public static partial class BicubicResize
{
    private const double A = -0.75;

    /// <summary>The enlarged map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, c].</param>
    /// <param name="scale">At least 1.</param>
    /// <returns>[n, h scale, w scale, c].</returns>
    /// <exception cref="Runtime.SrkException">The scale is below 1.</exception>
    public static Tensor Apply(KernelContext cx, Tensor x, int scale)
    {
        Expect.That(scale >= 1, nameof(BicubicResize), "a scale of at least 1", "less", "give 2 or 4");
        var y = cx.Rent(x.Shape with { H = checked(x.Shape.H * scale), W = checked(x.Shape.W * scale) });
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(x, scale, y); break;
            case ExecutionKind.Device: Gpu(cx, x, scale, y); break;
            default: Cpu(cx, x, scale, y); break;
        }

        return y;
    }

    /// <summary>The first of output <paramref name="o"/>'s four taps (unclamped).</summary>
    private static int FirstTap(int o, int scale) => (int)Math.Floor(((o + 0.5) / scale) - 0.5) - 1;

    /// <summary>The weight of one of output <paramref name="o"/>'s four taps: Keys' kernel at the tap's distance.</summary>
    private static double Weight(int o, int scale, int tap)
    {
        var s = ((o + 0.5) / scale) - 0.5;
        var x = Math.Abs(s - Math.Floor(s) - (tap - 1));
        return x <= 1 ? ((((A + 2) * x) - (A + 3)) * x * x) + 1 : ((((((A * x) - (5 * A)) * x) + (8 * A)) * x) - (4 * A));
    }
}
