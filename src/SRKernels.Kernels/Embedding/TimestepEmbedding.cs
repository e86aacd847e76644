using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Embedding;

/// <summary>
/// The sinusoidal embedding of a time step.
/// </summary>
/// <remarks>
/// y[n] = [cos(t_n f_0) .. cos(t_n f_{h-1}), sin(t_n f_0) .. sin(t_n f_{h-1})], f_i = 10000^(-i/h), h = dim / 2, and a zero when dim is odd; or the sines
/// before the cosines. Frequencies and angles are rounded to fp32 at each step, as upstream rounds them. Source: Vaswani et al. 2017; cosines first: spec §2,
/// sines first, of a noise level in 0..1: spec §11b.
/// </remarks>
public static partial class TimestepEmbedding
{
    /// <summary>The embeddings, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="t">One time step per image.</param>
    /// <param name="dim">Channels of the embedding, at least 2.</param>
    /// <param name="sinesFirst">SR3's order instead of ResShift's.</param>
    /// <returns>[n, 1, 1, dim].</returns>
    /// <exception cref="Runtime.SrkException">No time step or too few channels.</exception>
    public static Tensor Apply(KernelContext cx, ReadOnlySpan<float> t, int dim, bool sinesFirst = false)
    {
        Expect.That(t.Length > 0 && dim >= 2, nameof(TimestepEmbedding), "at least one step and two channels", "fewer", "check the layer's configuration");
        // A few hundred values for each step of the chain: one body serves every kind; a device gets them with its constants.
        var shape = new Shape(t.Length, 1, 1, dim);
        if (cx.Kind == ExecutionKind.Device)
        {
            var values = new float[shape.Count];
            Reference(t, dim, sinesFirst, values);
            return cx.Upload(values, shape);
        }

        var y = cx.Rent(shape);
        Reference(t, dim, sinesFirst, y.Span);
        return y;
    }
}
