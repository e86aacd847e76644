using SRKernels.Benchmarks.Ops;
using SRKernels.Kernels;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Benchmarks.Convolution;

/// <summary>The heaviest 3x3 convolutions of the full-size pipeline, one of each decomposition; all shapes: `conv-shapes`.</summary>
public class Conv2dBenchmark : OpBenchmark
{
    public static OpCase[] Cases { get; } =
    [
        Of(64, 512, 512), Of(128, 256, 256), Of(256, 128, 128), Of(64, 160, 160), Of(32, 320, 320), Of(8, 640, 640), Of(256, 3, 128),
        Of(256, 128, 3), Of(128, 128, 128, new Conv2dOptions { Stride = 2, Padding = Conv2dPadding.BottomRight }, "/2"),
        Of(256, 256, 256, new Conv2dOptions { UpsampleInput = true }, " up"),
    ];

    private static OpCase Of(int outputSize, int from, int to, Conv2dOptions options = default, string suffix = "") => new(
        $"conv3x3{suffix} {from}->{to} {outputSize}x{outputSize}", 18e-9 * outputSize * outputSize * from * to,
        4e-9 * ((9.0 * from * to) + ((double)outputSize * outputSize * (from + to))),
        cx => Prepare(cx, outputSize, from, to, options), cx => Prepare(cx, Math.Min(outputSize, 16), Math.Min(from, 64), Math.Min(to, 64), options));

    private static Func<Tensor> Prepare(KernelContext cx, int outputSize, int from, int to, Conv2dOptions options)
    {
        var random = new Random(1);
        var weights = new float[to * from * 9];
        for (var i = 0; i < weights.Length; i++) weights[i] = random.NextSingle() - 0.5f;
        var w = Conv2dWeights.Pack(weights, new float[to], to, from, 3);
        var size = outputSize * Math.Max(options.Stride, 1) / (options.UpsampleInput ? 2 : 1);
        var x = OpCases.Random(cx, new Shape(1, size, size, from), 2);
        return () => Conv2d.Apply(cx, x, w, options);
    }
}

/// <summary>The denoiser's linear layers at 64x64, and the last 1x1 convolution of the decoder.</summary>
public class LinearBenchmark : OpBenchmark
{
    public static OpCase[] Cases { get; } = [Of(4096, 192, 576), Of(4096, 192, 768), Of(4096, 768, 192), Of(65536, 256, 128), Of(1, 640, 1280)];

    private static OpCase Of(int rows, int from, int to) => new(
        $"linear {from}->{to}, {rows} rows", 2e-9 * rows * from * to, 4e-9 * (((double)from * to) + ((double)rows * (from + to))),
        cx => Prepare(cx, rows, from, to), cx => Prepare(cx, Math.Min(rows, 100), from, to));

    private static Func<Tensor> Prepare(KernelContext cx, int rows, int from, int to)
    {
        var random = new Random(1);
        var weights = new float[to * from];
        for (var i = 0; i < weights.Length; i++) weights[i] = random.NextSingle() - 0.5f;
        var w = LinearWeights.Pack(weights, new float[to], to, from);
        var x = OpCases.Random(cx, new Shape(1, 1, rows, from), 2);
        return () => Linear.Apply(cx, x, w);
    }
}
