using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

/// <summary>
/// Joins two maps along the channels: y = [a, b] at every pixel.
/// </summary>
/// <remarks>a [n, h, w, ca], b [n, h, w, cb], y [n, h, w, ca + cb]. Source: PyTorch's cat on dimension 1 of NCHW.</remarks>
public static partial class Concat
{
    /// <summary>The joined map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="a">The first channels.</param>
    /// <param name="b">The channels after them.</param>
    /// <returns>[n, h, w, ca + cb].</returns>
    /// <exception cref="Runtime.SrkException">Batch, rows or columns differ.</exception>
    public static Tensor Apply(KernelContext cx, Tensor a, Tensor b)
    {
        Expect.SameShape(nameof(Concat), a.Shape, b.Shape.WithChannels(a.Shape.C), "a second input (its channels aside)");
        var y = cx.Rent(a.Shape.WithChannels(checked(a.Shape.C + b.Shape.C)));
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(a, b, y); break;
            case ExecutionKind.Device: Gpu(cx, a, b, y); break;
            default: Cpu(cx, a, b, y); break;
        }

        return y;
    }
}
