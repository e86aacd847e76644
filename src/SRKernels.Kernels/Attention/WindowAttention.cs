using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Attention;

/// <summary>
/// Multi-head attention inside the windows of a rolled map: roll, partition, softmax, merge and roll back in one op.
/// </summary>
/// <remarks>
/// Per window and head: y = softmax(q d^-1/2 k^T + bias + mask) v, with d = e / heads. qkv [n, h, w, 3e] holds q, k, v by thirds, heads
/// within each; y [n, h, w, e]. The map is that of the unrolled input: a linear layer works pixel by pixel, so it commutes with the roll.
/// Token t of window (r, c) is pixel ((r window + t / window + shift) mod h, (c window + t mod window + shift) mod w).
/// Source: Liu et al. 2021, "Swin transformer".
/// DEVIATES: the mask is upstream's own, which its released weights were trained with (spec §3.5; ResShift models/swin_transformer.py @3ce1d81).
/// </remarks>
public static partial class WindowAttention
{
    private const float MaskedScore = -100;

    /// <summary>The attended values, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="qkv">[n, h, w, 3e], h and w multiples of the window.</param>
    /// <param name="bias">The relative position bias.</param>
    /// <param name="heads">Divides e.</param>
    /// <param name="window">Rows and columns of a window.</param>
    /// <param name="shift">How far the map is rolled up and left, 0 to window - 1.</param>
    /// <returns>[n, h, w, e].</returns>
    /// <exception cref="Runtime.SrkException">Shapes do not fit.</exception>
    public static Tensor Apply(KernelContext cx, Tensor qkv, RelativePositionBias bias, int heads, int window, int shift)
    {
        const string Op = nameof(WindowAttention);
        var shape = qkv.Shape;
        Expect.That(window > 0 && shift >= 0 && shift < window, Op, "0 <= shift < window", "others", "check the layer's configuration");
        Expect.That(bias.Window == window && bias.Heads == heads, Op, "a bias of this window and these heads", "another", "check the layer's configuration");
        Expect.That(shape.C % 3 == 0 && shape.C / 3 % heads == 0, Op, "3 x heads x d channels", "another number", "give the map of the qkv layer");
        if (shape.H % window != 0 || shape.W % window != 0)
            Expect.Throw(Op, $"rows and columns that are multiples of {window}", $"{shape}", "pad the input");
        var y = cx.Rent(shape.WithChannels(shape.C / 3));
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(qkv, bias, heads, window, shift, y); break;
            case ExecutionKind.Device: Gpu(cx, qkv, bias, heads, window, shift, y); break;
            default: Cpu(cx, qkv, bias, heads, window, shift, y); break;
        }

        return y;
    }

    /// <summary>What is added to the score of query <paramref name="i"/> and key <paramref name="j"/>, tokens of a window in the given row of windows.</summary>
    internal static float MaskAt(int windowRow, int windowRows, int i, int j, int window, int shift) =>
        shift > 0 && windowRow == windowRows - 1 && (i % window < window - shift) != (j % window < window - shift) ? MaskedScore : 0;
}
