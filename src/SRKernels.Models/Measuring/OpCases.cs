using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Noise;
using SRKernels.Kernels.Normalization;
using SRKernels.Kernels.Quantization;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;

namespace SRKernels.Models.Measuring;

/// <summary>
/// The ops of the full-size model with how often each runs (counted by hooks on the authors' modules): every layer of at least 0.1 % of the arithmetic, and the ops between
/// them that memory binds. Inputs are random; the values do not matter for time.
/// </summary>
internal static class OpCases
{
    private const int Reduced = 16;

    /// <summary>Of the autoencoder's middle, where its attention is.</summary>
    private const int MiddleChannels = 512;

    /// <summary>Plain loops take about a second for this many multiply-adds a pixel at 8x8.</summary>
    private const int ManyPerPixel = 1_500_000;

    /// <summary>All of them, the largest families first, as the network runs them on processors, in fp32 and without tensor cores.</summary>
    public static IReadOnlyList<OpCase> All { get; } = List(joinsAttention: false);

    private static IReadOnlyList<OpCase> Joined { get; } = List(joinsAttention: true);

    /// <summary>Those that the network runs on a device.</summary>
    /// <param name="device">The device; null: the processor.</param>
    /// <param name="precision">What products are computed in.</param>
    public static IReadOnlyList<OpCase> On(DeviceInfo? device, Precision precision) =>
        device is not null && SelfAttention.HasTensorCores(device, precision, MiddleChannels) ? Joined : All;

    /// <param name="joinsAttention">Whether the four products around full attention are one.</param>
    private static OpCase[] List(bool joinsAttention) =>
    [
        // Autoencoder, 3x3.
        Conv(64, 512, 512, encode: 7, decode: 10) with { IsQuick = true },
        Conv(128, 256, 256, encode: 3, decode: 5),
        Conv(256, 128, 128, encode: 4, decode: 5),
        Conv(128, 512, 512, decode: 1, upsample: true),
        Conv(256, 256, 256, decode: 1, upsample: true),
        Conv(128, 512, 256, decode: 1),
        Conv(256, 256, 128, decode: 1),
        Conv(128, 128, 256, encode: 1),
        Conv(64, 256, 512, encode: 1),
        Conv(128, 128, 128, encode: 1, stride: 2),
        Conv(64, 256, 256, encode: 1, stride: 2),
        Conv(256, 3, 128, encode: 1, fused: false),
        Conv(256, 128, 3, decode: 1),
        Conv(64, 3, 512, decode: 1, fused: false),
        // Denoiser, 3x3.
        Conv(64, 160, 160, step: 7) with { IsQuick = true },
        Conv(32, 320, 320, step: 7),
        Conv(32, 640, 320, step: 2),
        Conv(64, 320, 320, step: 1, upsample: true),
        Conv(64, 320, 160, step: 2),
        Conv(64, 480, 160, step: 1),
        Conv(8, 640, 640, step: 10) with { IsQuick = true },
        Conv(16, 320, 320, step: 7),
        Conv(32, 480, 320, step: 1),
        Conv(8, 1280, 640, step: 2),
        Conv(16, 640, 640, step: 1, upsample: true),
        Conv(16, 640, 320, step: 2),
        Conv(16, 960, 320, step: 1),
        Conv(32, 160, 320, step: 1),
        Conv(8, 960, 640, step: 1),
        Conv(32, 160, 160, step: 1, stride: 2, fused: false),
        Conv(16, 320, 320, step: 1, stride: 2, fused: false),
        Conv(8, 320, 640, step: 1),
        Conv(8, 320, 320, step: 1, stride: 2, fused: false),
        Conv(64, 6, 160, step: 1, fused: false),
        Conv(64, 160, 3, step: 1),
        // Products per pixel: 1x1 convolutions and linear layers.
        Pointwise(64, 192, 768, step: 4, gelu: true, norm: true) with { IsQuick = true },
        Pointwise(64, 768, 192, step: 4),
        Pointwise(64, 192, 576, step: 4, norm: true),
        Pointwise(64, 192, 192, step: 4),
        Pointwise(32, 192, 768, step: 4, gelu: true, norm: true),
        Pointwise(32, 768, 192, step: 4),
        Pointwise(32, 192, 576, step: 4, norm: true),
        Pointwise(32, 640, 320, step: 2),
        Pointwise(64, 320, 160, step: 2),
        Pointwise(64, 480, 160, step: 1),
        Pointwise(64, 160, 192, step: 2),
        Pointwise(64, 192, 160, step: 2),
        Pointwise(16, 192, 768, step: 4, gelu: true, norm: true),
        Pointwise(16, 192, 576, step: 4, norm: true),
        Pointwise(16, 768, 192, step: 4),
        Pointwise(32, 192, 192, step: 4),
        Pointwise(32, 480, 320, step: 1),
        Pointwise(32, 320, 192, step: 2),
        Pointwise(32, 192, 320, step: 2),
        Pointwise(32, 160, 320, step: 1),
        Pointwise(16, 640, 320, step: 2),
        Pointwise(16, 960, 320, step: 1),
        Pointwise(8, 768, 192, step: 6),
        Pointwise(8, 960, 640, step: 1),
        Pointwise(8, 192, 768, step: 6, gelu: true, norm: true),
        Pointwise(8, 192, 576, step: 6, norm: true),
        Pointwise(8, 1280, 640, step: 2),
        joinsAttention ? Pointwise(64, MiddleChannels, 3 * MiddleChannels, encode: 1, decode: 1, norm: true) : Pointwise(64, MiddleChannels, MiddleChannels, encode: 4, decode: 4),
        Pointwise(128, 512, 256, decode: 1),
        Pointwise(256, 256, 128, decode: 1),
        Pointwise(128, 128, 256, encode: 1),
        Pointwise(64, 256, 512, encode: 1),
        // Attention and codes.
        (joinsAttention ? FullJoined(64, MiddleChannels, encode: 1, decode: 1) : Full(64, MiddleChannels, encode: 1, decode: 1)) with { IsQuick = true },
        Windows(64, 4) with { IsQuick = true },
        Windows(32, 4),
        Windows(16, 4),
        Windows(8, 6),
        Codes(64, 3, 8192) with { IsQuick = true },
        // What memory binds.
        Norm(64, 160, step: 7) with { IsQuick = true },
        Norm(64, 192, step: 8),
        Norm(32, 320, step: 9),
        Norm(16, 320, step: 8),
        Norm(8, 640, step: 11),
        Norm(64, 512, encode: 9, decode: 10),
        Norm(128, 256, encode: 4, decode: 5),
        Norm(256, 128, encode: 4, decode: 6),
        Bicubic(64) with { IsQuick = true },
        Shift(64) with { IsQuick = true },
        Blend(256) with { IsQuick = true },
        Noise(64) with { IsQuick = true },
    ];

    private static OpCase Conv(int side, int from, int to, int encode = 0, int step = 0, int decode = 0, int stride = 1, bool upsample = false, bool fused = true)
    {
        var input = upsample ? side / 2 : side * stride;
        var name = $"conv3x3{(stride == 2 ? "/2" : "")}{(upsample ? " 2x up" : "")} {from}->{to} {side}x{side}{(fused ? " +norm" : "")}";
        return new OpCase(
            name, "conv3x3", encode, step, decode, 2.0 * side * side * from * to * 9, 4.0 * (((double)input * input * from) + ((double)side * side * to)), (long)from * to * 9,
            (cx, reduced) =>
            {
                var extent = reduced ? Math.Min(input, from * to * 9 > ManyPerPixel ? Reduced / 2 : Reduced) : input;
                var x = Random(cx, new Shape(1, extent, extent, from), 1);
                var affine = fused ? Random(cx, new Shape(1, 1, 1, 2 * from), 2) : null;
                var weights = Weights(to, from, 3);
                var options = new Conv2dOptions { Stride = stride, UpsampleInput = upsample, InputAffine = affine, InputActivation = fused ? Activation.Silu : Activation.None };
                return () => Conv2d.Apply(cx, x, weights, options);
            },
            IsProduct: true);
    }

    private static OpCase Pointwise(int side, int from, int to, int encode = 0, int step = 0, int decode = 0, bool gelu = false, bool norm = false) =>
        new(
            $"conv1x1 {from}->{to} {side}x{side}{(gelu ? " +gelu" : "")}{(norm ? " +norm" : "")}", "conv1x1 and linear", encode, step, decode, 2.0 * side * side * from * to, 4.0 * side * side * (from + to), (long)from * to,
            (cx, reduced) =>
            {
                var extent = reduced ? Math.Min(side, Reduced) : side;
                var x = Random(cx, new Shape(1, extent, extent, from), 1);
                var affine = norm ? Random(cx, new Shape(1, 1, 1, 2 * from), 2) : null;
                var weights = Weights(to, from, 1);
                var options = new Conv2dOptions { Activation = gelu ? Activation.GeluErf : Activation.None, InputAffine = affine };
                return () => Conv2d.Apply(cx, x, weights, options);
            },
            IsProduct: true);

    private static OpCase Full(int side, int channels, int encode, int decode) =>
        new(
            $"attention {side}x{side}x{channels}", "full attention", encode, 0, decode, 4.0 * Math.Pow(side, 4) * channels, 16.0 * side * side * channels, 0,
            (cx, reduced) =>
            {
                var shape = new Shape(1, reduced ? Reduced : side, reduced ? Reduced : side, channels);
                var (q, k, v) = (Random(cx, shape, 1), Random(cx, shape, 2), Random(cx, shape, 3));
                return () => SelfAttention.Apply(cx, q, k, v);
            },
            IsProduct: true);

    private static OpCase FullJoined(int side, int channels, int encode, int decode) =>
        new(
            $"attention {side}x{side}x{channels} +residual", "full attention", encode, 0, decode, 4.0 * Math.Pow(side, 4) * channels, 20.0 * side * side * channels, 0,
            (cx, reduced) =>
            {
                var shape = new Shape(1, reduced ? Reduced : side, reduced ? Reduced : side, channels);
                var (qkv, residual, constant) = (Random(cx, shape with { C = 3 * channels }, 1), Random(cx, shape, 2), Values(channels, 3));
                return () => SelfAttention.ApplyJoined(cx, qkv, constant, residual);
            },
            IsProduct: true);

    private static OpCase Windows(int side, int step) =>
        new(
            $"window attention {side}x{side}, 6x32", "window attention", 0, step, 0, 4.0 * side * side * 64 * 192, 16.0 * side * side * 192, 225 * 6,
            (cx, reduced) =>
            {
                var extent = reduced ? Math.Min(side, Reduced) : side;
                var qkv = Random(cx, new Shape(1, extent, extent, 3 * 192), 1);
                var bias = RelativePositionBias.FromTable(Values(225 * 6, 2), 8, 6);
                return () => WindowAttention.Apply(cx, qkv, bias, 6, 8, extent > 8 ? 4 : 0);
            },
            IsProduct: true);

    private static OpCase Codes(int side, int dim, int codes) =>
        new(
            $"nearest code {side}x{side}x{dim} of {codes}", "nearest code", 0, 0, 1, 2.0 * side * side * codes * (dim + 1), 8.0 * side * side * dim, (long)codes * (dim + 1),
            (cx, reduced) =>
            {
                var extent = reduced ? Reduced : side;
                var z = Random(cx, new Shape(1, extent, extent, dim), 1);
                var book = CodeBook.Pack(Values(codes * dim, 2), codes, dim);
                return () => NearestCode.Apply(cx, z, book);
            },
            IsProduct: false);

    // Reads twice (statistics, then values) and writes once; on devices the second half is part of the next convolution.
    private static OpCase Norm(int side, int channels, int encode = 0, int step = 0, int decode = 0) =>
        new(
            $"groupnorm+silu {side}x{side}x{channels}", "groupnorm", encode, step, decode, 0, 12.0 * side * side * channels, 0,
            (cx, reduced) =>
            {
                var extent = reduced ? Math.Min(side, 2 * Reduced) : side;
                var x = Random(cx, new Shape(1, extent, extent, channels), 1);
                var (gamma, beta) = (Values(channels, 2), Values(channels, 3));
                return () => GroupNorm.Apply(cx, x, gamma, beta, 32, 1e-6f, Activation.Silu);
            },
            IsProduct: false);

    private static OpCase Bicubic(int side) =>
        new(
            $"bicubic x4 {side}x{side}x3", "resampling", 1, 0, 0, 0, 4.0 * 17 * side * side * 3, 0,
            (cx, reduced) =>
            {
                var x = Random(cx, new Shape(1, side, side, 3), 1);
                return () => BicubicResize.Apply(cx, x, 4);
            },
            IsProduct: false);

    // Three states in, one out.
    private static OpCase Shift(int side) =>
        new(
            $"residual shift {side}x{side}x3", "residual shift", 0, 1, 0, 0, 4.0 * 4 * side * side * 3, 0,
            (cx, reduced) =>
            {
                var shape = new Shape(1, side, side, 3);
                var (xt, x0, noise) = (Random(cx, shape, 1), Random(cx, shape, 2), Random(cx, shape, 3));
                return () => ResidualShift.Step(cx, xt, x0, noise, 0.3f, 0.7f, 0.2f);
            },
            IsProduct: false);

    // A pixel of three channels and its weight: cleared (4), added to beside the tile (11), divided (7).
    private static OpCase Blend(int side) =>
        new(
            $"tile blend {side}x{side}x3", "tile blend", 0, 0, 1, 0, 4.0 * 22 * side * side, 0,
            (cx, reduced) =>
            {
                var tile = Random(cx, new Shape(1, side, side, 3), 1);
                var feather = new float[side];
                for (var i = 0; i < side; i++) feather[i] = (Math.Min(i, side - 1 - i) + 1f) / side;
                return () =>
                {
                    var (sum, weight) = TileBlend.Begin(cx, tile.Shape);
                    TileBlend.Accumulate(cx, sum, weight, tile, 0, 0, feather, feather);
                    TileBlend.Finish(cx, sum, weight);
                    weight.Dispose();
                    return sum;
                };
            },
            IsProduct: false);

    // For each state of the chain, where the noise is that of the authors' run on a GPU.
    private static OpCase Noise(int side) =>
        new(
            $"philox noise {side}x{side}x3", "noise", 1, 1, 0, 0, 4.0 * side * side * 3, 0,
            (cx, reduced) => () => PhiloxNoise.Draw(cx, new Shape(1, side, side, 3), 12345, 0, side * side * 3),
            IsProduct: false);

    private static Tensor Random(KernelContext cx, Shape shape, int seed) => cx.Upload(Values(checked((int)shape.Count), seed), shape);

    private static Conv2dWeights Weights(int to, int from, int side)
    {
        var values = Values(to * from * side * side, 5);
        var scale = 1 / MathF.Sqrt(from * side * side);
        for (var i = 0; i < values.Length; i++) values[i] *= scale;
        return Conv2dWeights.Pack(values, Values(to, 6), to, from, side);
    }

    /// <summary>About normal; the same for the same seed.</summary>
    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f) * 2;
        return values;
    }
}
