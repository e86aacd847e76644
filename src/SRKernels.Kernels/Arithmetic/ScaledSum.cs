using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

/// <summary>
/// A scaled residual on the first channels of maps: y = factor a + b at every pixel.
/// </summary>
/// <remarks>
/// a, b and y [n, h, w, their own numbers of channels, at least those that are summed]; y may be b. One fused multiply-add an element.
/// Source: Wang et al. ESRGAN. 2018. eq. of the residual-in-residual dense block.
/// </remarks>
public static partial class ScaledSum
{
    /// <summary>Writes the sums into the first channels of a map.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="a">Is scaled.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="b">Is added.</param>
    /// <param name="y">Receives the sums; its other channels stay as they are.</param>
    /// <param name="channels">How many channels.</param>
    /// <exception cref="Runtime.SrkException">Shapes do not fit.</exception>
    public static void Into(KernelContext cx, Tensor a, float factor, Tensor b, Tensor y, int channels)
    {
        Expect.SameShape(nameof(ScaledSum), a.Shape.WithChannels(b.Shape.C), b.Shape, "a second map (its channels aside)");
        Expect.SameShape(nameof(ScaledSum), a.Shape.WithChannels(y.Shape.C), y.Shape, "a target (its channels aside)");
        if (channels < 1 || channels > Math.Min(a.Shape.C, Math.Min(b.Shape.C, y.Shape.C)))
            Expect.Throw(nameof(ScaledSum), "as many channels as the maps have, at most", $"{channels}", "sum fewer");
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(a, factor, b, y, channels); break;
            case ExecutionKind.Device: Gpu(cx, a, factor, b, y, channels); break;
            default: Cpu(cx, a, factor, b, y, channels); break;
        }
    }
}
