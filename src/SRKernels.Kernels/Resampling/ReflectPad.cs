using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

/// <summary>
/// Continues a map below and to the right by reflection that does not repeat the edge.
/// </summary>
/// <remarks>
/// y[n, i, j] = x[n, bounce(i, h), bounce(j, w)], where bounce runs 0 .. size-1, size-2 .. 0, 1 .. and so on.
/// x [n, h, w, c] to y [n, h + padBottom, w + padRight, c]. Source: PyTorch's pad, mode reflect; spec §7.
/// DEVIATES: upstream fails where a pad is not below the size; here the reflection goes on.
/// </remarks>
public static partial class ReflectPad
{
    /// <summary>The padded map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, c].</param>
    /// <param name="padBottom">Rows to add.</param>
    /// <param name="padRight">Columns to add.</param>
    /// <returns>[n, h + padBottom, w + padRight, c].</returns>
    /// <exception cref="Runtime.SrkException">A pad is negative.</exception>
    public static Tensor Apply(KernelContext cx, Tensor x, int padBottom, int padRight)
    {
        Expect.That(padBottom >= 0 && padRight >= 0, nameof(ReflectPad), "pads of 0 or more", "a negative one", "use Crop to cut");
        var y = cx.Rent(x.Shape with { H = checked(x.Shape.H + padBottom), W = checked(x.Shape.W + padRight) });
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(x, y); break;
            case ExecutionKind.Device: Gpu(cx, x, y); break;
            default: Cpu(cx, x, y); break;
        }

        return y;
    }

    /// <summary>Where a walk between the ends of 0 .. size-1 is after <paramref name="i"/> steps.</summary>
    internal static int Bounce(int i, int size)
    {
        if (size == 1) return 0;
        var period = 2 * (size - 1);
        var phase = i % period;
        return phase < size ? phase : period - phase;
    }
}
