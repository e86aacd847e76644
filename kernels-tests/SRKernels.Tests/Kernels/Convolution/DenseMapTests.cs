using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels.Convolution;

/// <summary>Convolutions that read the first channels of a map and write behind them, against the same with maps of their own.</summary>
public class DenseMapTests : OpTest
{
    /// <summary>Channels that are and are no quads, that do and do not fill steps and panels; 3x3 with and without doubling, and 1x1.</summary>
    [Theory]
    [InlineData(1, 9, 13, 64, 32, 192, 3, false)]
    [InlineData(2, 5, 6, 16, 8, 48, 3, false)]
    [InlineData(1, 4, 5, 12, 4, 24, 3, false)]
    [InlineData(1, 6, 7, 5, 3, 11, 3, false)]
    [InlineData(1, 4, 6, 32, 32, 64, 3, true)]
    [InlineData(1, 5, 5, 24, 16, 44, 1, false)]
    public void WritesBehindWhatItReads(int n, int h, int w, int read, int written, int all, int kernel, bool doubles)
    {
        var map = new Shape(n, h, w, all);
        var expected = Expected(map, read, written, kernel, doubles, Activation.LeakyRelu, residualChannels: read + 1, out var target);
        Check($"a dense map of {all}", cx => Grown(cx, map, target, read, written, kernel, doubles, Activation.LeakyRelu, read + 1), devices: Devices.All);
        OnEveryDevice((device, cx) =>
        {
            using var y = Grown(cx, map, target, read, written, kernel, doubles, Activation.LeakyRelu, read + 1);
            TensorAssert.Close(device, expected, cx.Read(y));
        });
    }

    [Theory]
    [InlineData("Auto")]
    [InlineData("Patches")]
    [InlineData("WinogradByTiles")]
    [InlineData("WinogradByChannels")]
    public void EveryDecompositionDoes(string path)
    {
        var map = new Shape(1, 17, 10, 96);
        var expected = Expected(map, 32, 40, 3, false, Activation.None, residualChannels: 50, out var target);
        using var cx = new KernelContext(ExecutionKind.Cpu, threads: 2) { ForcedPath = Enum.Parse<ConvolutionPath>(path) };
        using var y = Grown(cx, map, target, 32, 40, 3, false, Activation.None, 50);
        TensorAssert.Close(path, expected, cx.Read(y));
    }

    [Theory]
    [InlineData("Bf16")]
    [InlineData("Tf32")]
    public void TensorCoresDo(string precision)
    {
        var map = new Shape(1, 9, 17, 192);
        _ = Expected(map, 64, 32, 3, false, Activation.LeakyRelu, residualChannels: 96, out var target);
        CheckPrecision("a dense map", Enum.Parse<Precision>(precision), cx => Grown(cx, map, target, 64, 32, 3, false, Activation.LeakyRelu, 96), Devices.Interpreter | Devices.EmulatedCuda);
    }

    [Fact]
    public void RefusesWhatCannotBeRight()
    {
        using var w = ConvolutionCase.Weights(1, 4, 8, 3);
        using var plain = Conv2dWeights.Pack(new float[4 * 8 * 9], [], 4, 8, 3);
        var prefix = new Conv2dOptions { ReadsPrefix = true };
        Refuses("input of 8 channels", cx => Conv2d.Apply(cx, cx.Rent(1, 3, 3, 12), w));
        Refuses("from one of its own on", cx => Conv2d.ApplyInto(cx, cx.Rent(1, 3, 3, 12), w, cx.Rent(1, 3, 3, 12), 9, prefix));
        Refuses("from one of its own on", cx => Conv2d.ApplyInto(cx, cx.Rent(1, 3, 3, 12), w, cx.Rent(1, 3, 3, 12), -1, prefix));
        Refuses("a target", cx => Conv2d.ApplyInto(cx, cx.Rent(1, 3, 3, 12), w, cx.Rent(1, 3, 4, 12), 8, prefix));
        Refuses("channels written that are not read", cx =>
        {
            using var map = cx.Rent(1, 3, 3, 12);
            Conv2d.ApplyInto(cx, map, w, map, 7, prefix);
        });
        Refuses("channels written that are not read", cx =>
        {
            using var map = cx.Rent(1, 3, 3, 12);
            Conv2d.ApplyInto(cx, cx.Rent(1, 3, 3, 8), w, map, 0, prefix with { Residual = map });
        });
        Refuses("slopes", cx => Conv2d.Apply(cx, cx.Rent(1, 3, 3, 8), plain, new Conv2dOptions { Activation = Activation.LeakyRelu }));
    }

    private static Shape Enlarged(Shape map, bool doubles) => doubles ? map with { H = 2 * map.H, W = 2 * map.W } : map;

    /// <summary>The whole map, written to behind the channels that are read; where the output is larger, another map.</summary>
    private static Tensor Grown(KernelContext cx, Shape map, float[] target, int read, int written, int kernel, bool doubles, Activation activation, int residualChannels)
    {
        using var w = ConvolutionCase.Weights(11, written, read, kernel);
        using var x = doubles ? Random(cx, map, 12) : null;
        var y = cx.Upload(target, Enlarged(map, doubles));
        using var residual = Random(cx, y.Shape.WithChannels(Math.Max(residualChannels, written)), 13);
        Conv2d.ApplyInto(cx, x ?? y, w, y, read, new Conv2dOptions { ReadsPrefix = true, UpsampleInput = doubles, Activation = activation, Residual = residual });
        _ = cx.Kind == ExecutionKind.Device ? cx.Read(y) : null; // while the weights are there
        return y;
    }

    /// <summary>By the definition on maps of their own, put together here.</summary>
    private static float[] Expected(Shape map, int read, int written, int kernel, bool doubles, Activation activation, int residualChannels, out float[] target)
    {
        using var cx = new KernelContext(ExecutionKind.Reference, threads: 1);
        var all = Random((int)map.Count, 12);
        var outer = Enlarged(map, doubles);
        target = doubles ? Random((int)outer.Count, 14) : all;
        using var w = ConvolutionCase.Weights(11, written, read, kernel);
        using var x = cx.Upload(First(all, map.C, read), map.WithChannels(read));
        var wide = Math.Max(residualChannels, written);
        using var residual = cx.Upload(First(Random((int)outer.WithChannels(wide).Count, 13), wide, written), outer.WithChannels(written));
        using var y = Conv2d.Apply(cx, x, w, new Conv2dOptions { UpsampleInput = doubles, Activation = activation, Residual = residual });
        var expected = (float[])target.Clone();
        var made = cx.Read(y);
        for (var p = 0; p < expected.Length / map.C; p++) made.AsSpan(p * written, written).CopyTo(expected.AsSpan((p * map.C) + read));
        return expected;
    }

    private static float[] First(float[] values, int channels, int kept)
    {
        var first = new float[values.Length / channels * kept];
        for (var p = 0; p < values.Length / channels; p++) values.AsSpan(p * channels, kept).CopyTo(first.AsSpan(p * kept));
        return first;
    }
}
