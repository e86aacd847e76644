using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// 2-D cross-correlation with zero padding, bias, activation and residual in one op, and on request the end of a GroupNorm before it.
/// </summary>
/// <remarks>
/// y[n, oy, ox, o] = f(b[o] + sum over ky, kx, i of w[o, i, ky, kx] x[n, oy s + ky - p, ox s + kx - p, i]) + r[n, oy, ox, o].
/// x [n, h, w, in] to y [n, oh, ow, out]; kernel 1x1 or 3x3, stride s 1 or 2, p = k/2 or, with
/// <see cref="Conv2dPadding.BottomRight"/>, 0 with one zero row below and one zero column to the right. With
/// <see cref="Conv2dOptions.UpsampleInput"/>, x is first repeated 2x2 (never in memory); with <see cref="Conv2dOptions.InputAffine"/>, each of its
/// elements goes through x m + o and an activation first.
/// A dense block lies in one map: <see cref="Conv2dOptions.ReadsPrefix"/> reads its first channels, <see cref="ApplyInto"/> writes behind them.
/// Source: PyTorch's Conv2d; spec §3.2, §5.1.
/// </remarks>
public static partial class Conv2d
{
    /// <summary>The convolved map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, in].</param>
    /// <param name="w">Packed weights.</param>
    /// <param name="options">Stride, padding, folded upsampling, activation, residual.</param>
    /// <returns>[n, oh, ow, out], see <see cref="OutputShape"/>.</returns>
    /// <exception cref="Runtime.SrkException">Shapes or options do not fit.</exception>
    public static Tensor Apply(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options = default)
    {
        var shape = OutputShape(x.Shape, w, options);
        Check(x.Shape, shape, w, options);
        // On the processor a pass of its own: it is memory-bound there, and every element is read by many products.
        using var affined = options.InputAffine is { } affine && cx.Kind != ExecutionKind.Device ? InputAffine.Apply(cx, x, affine, options.InputActivation) : null;
        var y = cx.Rent(shape);
        Run(cx, affined ?? x, w, options, y);
        return y;
    }

    /// <summary>Writes the convolved map into channels of another, which may be the one that is read: a dense block grows in place.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, in], or with more channels.</param>
    /// <param name="w">Packed weights.</param>
    /// <param name="target">[n, oh, ow, more than out].</param>
    /// <param name="firstChannel">The first of its channels that is written.</param>
    /// <param name="options">As those of <see cref="Apply"/>, without an input affine; the residual is not the target.</param>
    /// <exception cref="Runtime.SrkException">Shapes or options do not fit, or channels are written that are read.</exception>
    public static void ApplyInto(KernelContext cx, Tensor x, Conv2dWeights w, Tensor target, int firstChannel, in Conv2dOptions options = default)
    {
        var shape = OutputShape(x.Shape, w, options);
        Check(x.Shape, shape, w, options);
        Expect.SameShape(nameof(Conv2d), shape.WithChannels(target.Shape.C), target.Shape, "a target (its channels aside)");
        if (firstChannel < 0 || firstChannel > target.Shape.C - shape.C) Expect.Throw(
            nameof(Conv2d), $"{shape.C} channels of the target from one of its own on", $"channel {firstChannel} of {target.Shape.C}", "give the target more channels");
        Expect.That(options.InputAffine is null, nameof(Conv2d), "no input affine before a target", "one", "apply it in a pass of its own");
        Expect.That(
            (target != x || firstChannel >= w.InChannels) && target != options.Residual, nameof(Conv2d), "channels written that are not read", "some that are", "write behind them");
        Run(cx, x, w, options, new ConvolutionTarget(target, firstChannel, shape.C));
    }

    /// <summary>The extents of the output.</summary>
    /// <param name="x">[n, h, w, in].</param>
    /// <param name="w">Packed weights.</param>
    /// <param name="o">Stride, padding, folded upsampling.</param>
    /// <exception cref="Runtime.SrkException">Shapes or options do not fit.</exception>
    public static Shape OutputShape(Shape x, Conv2dWeights w, in Conv2dOptions o)
    {
        Expect.Channels(nameof(Conv2d), o.ReadsPrefix && x.C > w.InChannels ? x.WithChannels(w.InChannels) : x, w.InChannels);
        Expect.That(o.Step is 1 or 2, nameof(Conv2d), "a stride of 1 or 2", "another", "no other is built");
        var scale = o.UpsampleInput ? 2 : 1;
        var (h, width) = (checked(x.H * scale), checked(x.W * scale));
        var border = 2 * (w.KernelSize / 2);
        if (o.Padding == Conv2dPadding.BottomRight)
        {
            Expect.That(w.KernelSize == 3 && o.Step == 2, nameof(Conv2d), "bottom-right padding on a 3x3 kernel of stride 2", "another kernel", "use Same");
            border = 1;
        }

        var (rows, columns) = (h + border - w.KernelSize, width + border - w.KernelSize);
        Expect.That(rows >= 0 && columns >= 0, nameof(Conv2d), "a map as large as the kernel", "a smaller one", "pad the input");
        return new Shape(x.N, (rows / o.Step) + 1, (columns / o.Step) + 1, w.OutChannels);
    }

    private static void Run(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, ConvolutionTarget y)
    {
        if (cx.Kind == ExecutionKind.Device) Gpu(cx, x, w, options, y);
        else if (cx.Kind == ExecutionKind.Reference) Reference(x, w, options, y);
        else Cpu(cx, x, w, options, y);
        GC.KeepAlive(w);
    }

    private static void Check(Shape x, Shape y, Conv2dWeights w, in Conv2dOptions o)
    {
        if (o.Residual is { } residual && residual.Shape.C <= y.C) Expect.SameShape(nameof(Conv2d), y, residual.Shape, "a residual");
        else if (o.Residual is { } wider) Expect.SameShape(nameof(Conv2d), y.WithChannels(wider.Shape.C), wider.Shape, "a residual (its channels aside)");
        Expect.That(
            o.Activation != Activation.LeakyRelu || w.HasSlopes, nameof(Conv2d), "weights with slopes for a leaky activation", "none", "give them when packing");
        if (o.InputAffine is { } affine)
            Expect.SameShape(nameof(Conv2d), new Shape(x.N, 1, 1, checked(2 * w.InChannels)), affine.Shape, "an input affine");
        Expect.That(o.InputAffine is null || x.C == w.InChannels, nameof(Conv2d), "an input affine of all channels", "a prefix", "apply it in a pass of its own");
        Expect.That(
            o.InputActivation == Activation.None || (o.InputActivation == Activation.Silu && o.InputAffine is not null), nameof(Conv2d),
            "an input activation of none, or SiLU behind an input affine", "another", "apply it in a pass of its own");
    }
}
