using System.Buffers.Binary;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;
using static SRKernels.Kernels.Convolution.TensorConvolutionKernels;

namespace SRKernels.Kernels.Convolution;

/// <summary>The host's side of the convolution on tensor cores: which ones it takes, how weights are packed, what is launched.</summary>
internal static class TensorConvolution
{
    /// <summary>Fewer pixels than half a fragment's rows leave the tensor cores idle: the fp32 kernel reads the weights as fast.</summary>
    private const int LeastPixels = 8;

    private static readonly string s_kernels = typeof(TensorConvolutionKernels).FullName!;

    /// <summary>
    /// Records the convolution if the precision asks for tensor cores, the device has them (or runs the intrinsics by other means) and the shape fits: whole slices of input channels
    /// (32, or 16 in tf32), output channels a multiple of 4, 3x3 of any stride, or 1x1 of stride 1 without upsampling, input factors with SiLU before a 3x3 and without before a 1x1.
    /// </summary>
    /// <param name="cx">Records.</param>
    /// <param name="x">[n, h, w, in].</param>
    /// <param name="w">The weights.</param>
    /// <param name="options">As those of <see cref="Conv2d"/>.</param>
    /// <param name="y">The output.</param>
    /// <param name="forced">The tile and splits; tests force each.</param>
    /// <returns>Whether it was recorded.</returns>
    internal static bool TryLaunch(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y, TensorTilePlan? forced = null)
    {
        var precision = cx.Gpu.Precision;
        if (precision == Precision.Fp32 || (cx.Gpu.Info.Kind == DeviceKind.Cuda && cx.Gpu.Info.Target < 80)) return false;
        var sliceChannels = TensorTile.SliceBytes / (precision == Precision.Tf32 ? 4 : 2);
        if (w.InChannels % sliceChannels != 0 || w.OutChannels % 4 != 0 || y.Shape.Count / w.OutChannels < LeastPixels) return false;
        // All strides are whole quads, in 16 bits.
        var residualStride = options.Residual?.Shape.C ?? 0;
        if ((x.Shape.C | y.Stride | y.First | residualStride) % 4 != 0 || Math.Max(x.Shape.C, Math.Max(y.Stride, residualStride)) > ushort.MaxValue) return false;
        // Normalised inputs: those that networks have. Before a 3x3 comes GroupNorm with SiLU, before a 1x1 GroupNorm alone.
        if (options.InputAffine is not null && options.InputActivation != (w.KernelSize == 3 ? Activation.Silu : Activation.None)) return false;
        if (w.KernelSize == 1 && (options.Step != 1 || options.UpsampleInput)) return false;

        // A 1x1 convolution sees one row of pixels: those of an image where each has factors of its own, else all.
        var affine = options.InputAffine;
        var isFlat = w.KernelSize == 1 && affine is null;
        var images = isFlat ? 1 : x.Shape.N;
        var (height, width) = w.KernelSize == 3 ? (x.Shape.H, x.Shape.W) : (1, (isFlat ? x.Shape.N : 1) * x.Shape.H * x.Shape.W);
        var (outHeight, outWidth) = w.KernelSize == 3 ? (y.Shape.H, y.Shape.W) : (1, width);
        var slices = w.InChannels / sliceChannels;
        var factors = affine is null ? 0 : 2 * w.InChannels;
        var plan = forced ?? TensorTilePlan.Choose(w.KernelSize, options.Step, images, outHeight, outWidth, slices, w.OutChannels, factors, cx.Gpu.Info);
        var tile = TensorTile.Of(plan.Tile);
        if (tile.SharedBytes(factors) > cx.Gpu.Info.SharedBytes) return false;
        var operand = precision switch { Precision.Bf16 => BFloat16Operand, Precision.Fp16 => HalfOperand, _ => Tf32Operand };
        var activates = options.Activation == Activation.GeluErf && w.KernelSize == 1 && affine is not null && plan.Splits == 1;
        var form = operand | (affine is null ? 0 : NormalizeInput) | (affine is not null && options.InputActivation == Activation.Silu ? SiluInput : 0) | (activates ? GeluOutput : 0);
        var flags = (options.UpsampleInput ? Upsample : 0) | (options.Padding == Conv2dPadding.BottomRight ? BottomRight : 0)
            | (options.Residual is null ? 0 : AddResidual) | ((int)options.Activation << ActivationShift) | (residualStride << ResidualStrideShift);
        var weights = cx.Gpu.Weights<uint>(w, $"tensor cores, {precision}", () => Pack(w, operand));
        var bias = cx.Gpu.Weights(w, "bias, slopes", () => BiasAndSlopes(w));
        var residual = options.Residual ?? x;
        var (inPair, outPair) = (w.InChannels | (x.Shape.C << 16), w.OutChannels | (y.Stride << 16));
        var key = new KernelKey(s_kernels, tile.Kernel) { Specialized = [form, plan.Tile] };
        var shape = new LaunchShape(
            new Extent(
                (outHeight + tile.Rows - 1) / tile.Rows * ((outWidth + tile.Columns - 1) / tile.Columns), (w.OutChannels + tile.Channels - 1) / tile.Channels,
                images * plan.Splits),
            new Extent(tile.Threads), tile.SharedBytes(factors));
        var slicesAndSplits = ((slices + plan.Splits - 1) / plan.Splits << 16) | plan.Splits;
        if (plan.Splits == 1 && (activates || options.Activation is Activation.None or Activation.LeakyRelu))
        {
            cx.Gpu.Launch(key, shape, x, weights, bias, residual, affine ?? x, y.View, height, width, inPair, outPair, flags, slicesAndSplits);
            return true;
        }

        using var parts = cx.Rent(new Shape(plan.Splits * y.Shape.N, y.Shape.H, y.Shape.W, y.Shape.C));
        var wholePair = w.OutChannels | (w.OutChannels << 16);
        cx.Gpu.Launch(key, shape, x, weights, bias, residual, affine ?? x, parts, height, width, inPair, wholePair, flags | Partial, slicesAndSplits);
        var elements = checked((int)y.Shape.Count);
        cx.Gpu.Launch(
            new KernelKey(s_kernels, nameof(SumSplits)), new LaunchShape(new Extent((elements + 511) / 512), new Extent(256)), parts, bias, residual, y.View, outPair,
            elements, plan.Splits, flags);
        return true;
    }

    /// <summary>[slice][tap, those of a column of the kernel one after another][output channel, filled up to a multiple of 64][slice's input channels] in the operand type.</summary>
    private static unsafe byte[] Pack(Conv2dWeights w, int operand)
    {
        var taps = w.KernelSize * w.KernelSize;
        var rows = (w.OutChannels + 63) / 64 * 64;
        var sliceChannels = operand == Tf32Operand ? 16 : 32;
        var bytes = new byte[checked(w.InChannels / sliceChannels * taps * rows * TensorTile.SliceBytes)];
        var packed = w.Packed;
        for (var panel = 0; panel < GemmTiles.Panels(w.OutChannels); panel++)
        {
            var from = packed.Panel(panel);
            for (var tap = 0; tap < taps; tap++)
            {
                var place = (tap % w.KernelSize * w.KernelSize) + (tap / w.KernelSize);
                for (var i = 0; i < w.InChannels; i++, from += GemmTiles.PanelColumns)
                {
                    for (var o = 0; o < packed.PanelColumns(panel); o++)
                    {
                        var row = ((((i / sliceChannels) * taps) + place) * rows) + RowOf((panel * GemmTiles.PanelColumns) + o);
                        var to = bytes.AsSpan((row * TensorTile.SliceBytes) + (i % sliceChannels * TensorTile.SliceBytes / sliceChannels));
                        if (operand == Tf32Operand) BinaryPrimitives.WriteSingleLittleEndian(to, TensorCore.RoundToTf32(from[o]));
                        else BinaryPrimitives.WriteUInt16LittleEndian(to, operand == HalfOperand ? BitConverter.HalfToUInt16Bits((Half)from[o]) : ((BFloat16)from[o]).Bits);
                    }
                }
            }
        }

        return bytes;
    }

    /// <summary>
    /// Where an output channel stands: in the first eight rows of 16 those of which a lane gets the lower two sums of its four neighbours, in the others the upper two.
    /// </summary>
    private static int RowOf(int channel)
    {
        var (four, of) = (channel % 16 / 4, channel % 4);
        return channel - (channel % 16) + (of / 2 * 8) + (four * 2) + (of % 2);
    }

    private static byte[] BiasAndSlopes(Conv2dWeights w)
    {
        var bytes = new byte[2 * w.OutChannels * sizeof(float)];
        for (var o = 0; o < w.OutChannels; o++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(o * sizeof(float)), w.BiasAt(o));
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan((w.OutChannels + o) * sizeof(float)), w.SlopeAt(o));
        }

        return bytes;
    }
}
