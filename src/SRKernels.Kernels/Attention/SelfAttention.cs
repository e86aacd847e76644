using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Attention;

/// <summary>
/// Attention of one head over all pixels of an image.
/// </summary>
/// <remarks>
/// y_i = sum over j of softmax_j(q_i k_j c^-1/2) v_j, i and j over the h w positions. q, k, v, y [n, h, w, c].
/// The h w x h w matrix of scores never exists: keys come in blocks under a running maximum and sum
/// (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax"; Rabe and Staats 2021). Source: spec §5.2.
/// </remarks>
public static partial class SelfAttention
{
    /// <summary>The attended values, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="q">Queries [n, h, w, c].</param>
    /// <param name="k">Keys, same shape.</param>
    /// <param name="v">Values, same shape.</param>
    /// <returns>[n, h, w, c].</returns>
    /// <exception cref="Runtime.SrkException">Shapes do not fit.</exception>
    public static Tensor Apply(KernelContext cx, Tensor q, Tensor k, Tensor v)
    {
        Expect.SameShape(nameof(SelfAttention), q.Shape, k.Shape, "keys");
        Expect.SameShape(nameof(SelfAttention), q.Shape, v.Shape, "values");
        var y = cx.Rent(q.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(q, k, v, y); break;
            case ExecutionKind.Device: Gpu(cx, q, k, v, y); break;
            default: Cpu(cx, q, k, v, y); break;
        }

        return y;
    }
}
