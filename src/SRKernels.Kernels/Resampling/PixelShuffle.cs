using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

/// <summary>
/// Spreads channels over squares of pixels, and gathers them again.
/// </summary>
/// <remarks>
/// Apply: y[n, i f + a, j f + b, c] = x[n, i, j, c f f + a f + b] (+ base[n, i, j, c], the nearest-neighbour enlargement of a small picture);
/// x [n, h, w, c f f] to y [n, h f, w f, c]. Undo: y[n, i, j, c f f + a f + b] = x[n, i f + a, j f + b, c].
/// Source: Shi et al. 2016, "Real-time single image and video super-resolution"; PyTorch's PixelShuffle and PixelUnshuffle.
/// </remarks>
public static partial class PixelShuffle
{
    /// <summary>The enlarged map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, c factor factor].</param>
    /// <param name="factor">At least 1.</param>
    /// <param name="residual">[n, h, w, c], each of its pixels added to the square that it became; or null.</param>
    /// <returns>[n, h factor, w factor, c].</returns>
    /// <exception cref="Runtime.SrkException">Shapes do not fit.</exception>
    public static Tensor Apply(KernelContext cx, Tensor x, int factor, Tensor? residual = null)
    {
        if (factor < 1 || x.Shape.C % checked(factor * factor) != 0) Expect.Throw(
            nameof(PixelShuffle), "a factor of at least 1 whose square divides the channels", $"{factor} for {x.Shape.C} channels", "check the layer before");
        var c = x.Shape.C / (factor * factor);
        if (residual is not null) Expect.SameShape(nameof(PixelShuffle), x.Shape.WithChannels(c), residual.Shape, "a residual");
        var y = cx.Rent(x.Shape with { H = checked(x.Shape.H * factor), W = checked(x.Shape.W * factor), C = c });
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(x, factor, residual, y); break;
            case ExecutionKind.Device: Gpu(cx, x, factor, residual, y); break;
            default: Cpu(cx, x, factor, residual, y); break;
        }

        return y;
    }

    /// <summary>The gathered map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, c], both sides multiples of the factor.</param>
    /// <param name="factor">At least 1.</param>
    /// <returns>[n, h / factor, w / factor, c factor factor].</returns>
    /// <exception cref="Runtime.SrkException">The factor does not divide the sides.</exception>
    public static Tensor Undo(KernelContext cx, Tensor x, int factor)
    {
        if (factor < 1 || x.Shape.H % factor != 0 || x.Shape.W % factor != 0)
            Expect.Throw(nameof(PixelShuffle), "a factor of at least 1 that divides rows and columns", $"{factor} for {x.Shape}", "pad the map");
        var y = cx.Rent(x.Shape with { H = x.Shape.H / factor, W = x.Shape.W / factor, C = checked(x.Shape.C * factor * factor) });
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: ReferenceUndo(x, factor, y); break;
            case ExecutionKind.Device: GpuUndo(cx, x, factor, y); break;
            default: CpuUndo(cx, x, factor, y); break;
        }

        return y;
    }
}
