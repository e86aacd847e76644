using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;

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

    /// <summary>
    /// Whether a device has tensor cores for it at a precision: there <see cref="ApplyJoined"/> is the better form, since queries, keys and values are
    /// copied in another format anyhow, and the sums of the parts of the keys have a pass of their own.
    /// </summary>
    internal static bool HasTensorCores(DeviceInfo device, Precision precision, int channels) =>
        precision != Precision.Fp32 && channels <= MostTileChannels && (device.Kind == DeviceKind.Interpreted || device.Target >= 80);

    /// <summary>Attention from one map of queries, keys and values, a constant and a residual added to it; on devices for <see cref="HasTensorCores"/> only.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="qkv">[n, h, w, 3 c]: of each position the query, the key, the value.</param>
    /// <param name="constant">[c], added to every position.</param>
    /// <param name="residual">[n, h, w, c], added last.</param>
    /// <param name="consumes">Whether <paramref name="qkv"/> is given back as soon as it has been read, before the many sums of parts are written.</param>
    /// <returns>[n, h, w, c].</returns>
    internal static Tensor ApplyJoined(KernelContext cx, Tensor qkv, ReadOnlySpan<float> constant, Tensor residual, bool consumes = false)
    {
        Expect.SameShape(nameof(SelfAttention), qkv.Shape, residual.Shape with { C = checked(3 * residual.Shape.C) }, "three times the residual's channels");
        Expect.Length(nameof(SelfAttention), residual.Shape.C, constant.Length, "a constant");
        if (cx.Kind == ExecutionKind.Device)
        {
            Expect.That(
                HasTensorCores(cx.Gpu.Info, cx.Gpu.Precision, residual.Shape.C), nameof(SelfAttention), "a device with tensor cores", $"{cx.Gpu.Info.Name} at {cx.Gpu.Precision}",
                "give it queries, keys and values apart");
            var recorded = cx.Rent(residual.Shape);
            var c = residual.Shape.C;
            var rows = cx.Gpu.View<float>(qkv);
            var operands = new Operands(rows, rows.Slice(c, rows.Length - c), rows.Slice(2 * c, rows.Length - (2 * c)), 3 * c, consumes ? qkv : null);
            OnTensorCores(cx, operands, recorded, new Epilogue(residual, cx.Gpu.Constant(constant)));
            return recorded;
        }

        using var q = ChannelsOf(cx, qkv, 0, residual.Shape.C);
        using var k = ChannelsOf(cx, qkv, 1, residual.Shape.C);
        using var v = ChannelsOf(cx, qkv, 2, residual.Shape.C);
        if (consumes) qkv.Dispose();
        var y = Apply(cx, q, k, v);
        var sums = y.Span;
        var added = residual.Span;
        for (var i = 0; i < sums.Length; i++) sums[i] = sums[i] + constant[i % constant.Length] + added[i];
        return y;
    }

    private static Tensor ChannelsOf(KernelContext cx, Tensor qkv, int part, int channels)
    {
        var x = cx.Rent(qkv.Shape with { C = channels });
        for (var at = 0; at < x.Span.Length; at += channels) qkv.Span.Slice((3 * at) + (part * channels), channels).CopyTo(x.Span[at..]);
        return x;
    }
}
