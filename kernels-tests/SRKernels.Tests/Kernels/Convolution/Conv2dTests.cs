using System.Runtime.InteropServices;
using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using static SRKernels.Tests.Kernels.Convolution.ConvolutionCase;
using Xunit;

namespace SRKernels.Tests.Kernels.Convolution;

/// <summary>Every decomposition and vector width against the plain loops; bounds: DESIGN.md §3.</summary>
public sealed class Conv2dTests
{
    public static TheoryData<string, string> PathsAndWidths()
    {
        var data = new TheoryData<string, string>();
        foreach (var path in Enum.GetNames<ConvolutionPath>())
            foreach (var width in Enum.GetValues<SimdWidth>())
                if (width <= SimdWidths.Best) data.Add(path, width.ToString());
        return data;
    }

    /// <summary>The loops that define the op run once a case, all decompositions and widths are held against that.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 4, 4)]
    [InlineData(2, 5, 3)]
    [InlineData(1, 19, 7)]
    [InlineData(1, 2, 13)]
    [InlineData(2, 8, 9)]
    public void MatchesReference_AllOptionsAndTails(int n, int h, int w)
    {
        using var reference = new KernelContext(ExecutionKind.Reference, threads: 1);
        var contexts = Contexts();
        var seed = 0;
        foreach (var (ci, co) in new[] { (1, 1), (3, 16), (16, 3), (17, 33), (6, 70), (70, 31), (32, 32) })
            foreach (var kernel in new[] { 1, 3 })
                foreach (var (stride, padding) in new[] { (1, Conv2dPadding.Same), (2, Conv2dPadding.Same), (2, Conv2dPadding.BottomRight) })
                {
                    if (padding == Conv2dPadding.BottomRight && (kernel != 3 || h < 2 || w < 2)) continue;
                    seed++;
                    var options = new Conv2dOptions
                    {
                        Stride = stride, Padding = padding, UpsampleInput = seed % 3 == 0,
                        // A map of a few numbers that are all negative has no value of its own size to hold the vector erf's absolute error against.
                        Activation = co == 1 ? Activation.None : (Activation)(seed / 2 % 4),
                        InputActivation = seed % 7 == 1 ? Activation.Silu : Activation.None,
                    };
                    var shape = new Shape(n, h, w, ci);
                    using var weights = Weights(seed, co, ci, kernel);
                    var input = Random(seed + 2, (int)shape.Count, seed % 5 == 0 ? 3 : 0);
                    var residual = seed % 2 == 0 ? Random(seed + 3, (int)Conv2d.OutputShape(shape, weights, options).Count) : null;
                    var affine = seed % 7 < 2 ? Random(seed + 4, 2 * n * ci) : null;
                    var expected = Run(reference, shape, input, weights, options, residual, affine);
                    foreach (var cx in contexts.Where(cx => Fits(cx.ForcedPath, kernel, options)))
                        AssertClose(
                            $"Conv2d {cx.ForcedPath} {cx.Width} {shape} -> {co}, {kernel}x{kernel}, {options}", expected,
                            Run(cx, shape, input, weights, options, residual, affine), co);
                }

        foreach (var cx in contexts) cx.Dispose();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    public void MatchesReference_EveryChannelCountTo70(int batch, int kernel)
    {
        using var reference = new KernelContext(ExecutionKind.Reference, threads: 1);
        using var cpu = new KernelContext(ExecutionKind.Cpu, threads: 2);
        for (var channels = 1; channels <= 70; channels++)
        {
            var shape = new Shape(batch, 5, 4, 71 - channels);
            using var weights = Weights(channels, channels, shape.C, kernel);
            var input = Random(channels, (int)shape.Count);
            AssertClose(
                $"Conv2d {shape} -> {channels}, {kernel}x{kernel}",
                Run(reference, shape, input, weights, default, null), Run(cpu, shape, input, weights, default, null), channels);
        }
    }

    /// <summary>Long sums are where Winograd's rounding shows: the full model's longest, with and without a mean.</summary>
    [Theory]
    [InlineData("WinogradByChannels", 512, 0)]
    [InlineData("WinogradByChannels", 1280, 0)]
    [InlineData("WinogradByChannels", 1280, 4)]
    [InlineData("WinogradByTiles", 640, 1)]
    [InlineData("Patches", 1280, 0)]
    public void MatchesReference_LongSums(string path, int channels, float mean)
    {
        using var reference = new KernelContext(ExecutionKind.Reference, threads: 1);
        using var cpu = new KernelContext(ExecutionKind.Cpu, threads: 2) { ForcedPath = Enum.Parse<ConvolutionPath>(path) };
        var shape = new Shape(1, 8, 8, channels);
        using var weights = Weights(7, 32, channels, 3);
        var input = Random(9, (int)shape.Count, mean);
        AssertClose($"{path} {channels}", Run(reference, shape, input, weights, default, null), Run(cpu, shape, input, weights, default, null), 32);
    }

    private static KernelContext[] Contexts() =>
    [
        .. from path in Enum.GetValues<ConvolutionPath>()
           from width in Enum.GetValues<SimdWidth>()
           where width <= SimdWidths.Best
           select new KernelContext(ExecutionKind.Cpu, threads: 2) { ForcedPath = path, Width = width },
    ];

    private static bool Fits(ConvolutionPath path, int kernel, in Conv2dOptions options) => path switch
    {
        ConvolutionPath.Pointwise => kernel == 1 && options is { Step: 1, UpsampleInput: false },
        ConvolutionPath.WinogradByTiles or ConvolutionPath.WinogradByChannels => kernel == 3 && options.Step == 1,
        _ => true,
    };

    [Theory]
    [MemberData(nameof(PathsAndWidths))]
    public void GivesTheSameBytes_ForAnyNumberOfThreads(string pathName, string widthName)
    {
        var (path, width) = (Enum.Parse<ConvolutionPath>(pathName), Enum.Parse<SimdWidth>(widthName));
        var shape = new Shape(1, 34, 43, 36);
        using var weights = Weights(3, 72, shape.C, path == ConvolutionPath.Pointwise ? 1 : 3);
        var input = Random(5, (int)shape.Count);
        byte[]? expected = null;
        foreach (var threads in new[] { 1, 2, 3, 7 })
        {
            using var cx = new KernelContext(ExecutionKind.Cpu, threads) { ForcedPath = path, Width = width };
            var bytes = MemoryMarshal.AsBytes<float>(Run(cx, shape, input, weights, default, null)).ToArray();
            expected ??= bytes;
            Assert.True(expected.AsSpan().SequenceEqual(bytes), $"{path} {width}: {threads} threads give other bytes than one");
        }
    }

    [Fact]
    public void BothWinogradDecompositions_GiveTheSameBytes()
    {
        var shape = new Shape(2, 21, 34, 160);
        using var weights = Weights(3, 96, shape.C, 3);
        var input = Random(5, (int)shape.Count);
        using var tiles = new KernelContext(ExecutionKind.Cpu, 2) { ForcedPath = ConvolutionPath.WinogradByTiles };
        using var channels = new KernelContext(ExecutionKind.Cpu, 2) { ForcedPath = ConvolutionPath.WinogradByChannels };
        Assert.Equal(Run(tiles, shape, input, weights, default, null), Run(channels, shape, input, weights, default, null));
    }

    [Fact]
    public void AllocatesNothing_AfterTheFirstCall()
    {
        using var cx = new KernelContext(ExecutionKind.Cpu, 1);
        using var weights = Weights(3, 40, 32, 3);
        using var x = cx.Upload(Random(4, 16 * 16 * 32), new Shape(1, 16, 16, 32));
        for (var i = 0; i < 3; i++) Conv2d.Apply(cx, x, weights).Dispose();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++) Conv2d.Apply(cx, x, weights).Dispose();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Weights_ReadBackAsTheyWereGiven()
    {
        var values = Random(1, 37 * 19 * 9);
        using var w = Conv2dWeights.Pack(values, [], 37, 19, 3);
        for (var o = 0; o < 37; o++)
            for (var i = 0; i < 19; i++)
                for (var tap = 0; tap < 9; tap++) Assert.Equal(values[(((o * 19) + i) * 9) + tap], w.At(o, i, tap / 3, tap % 3));
    }

    [Fact]
    public void Slopes_ReadBackAsTheyWereGiven()
    {
        var slopes = Random(2, 37);
        using var w = Conv2dWeights.Pack(new float[37 * 9], [], 37, 1, 3, slopes);
        Assert.True(w.HasSlopes);
        for (var o = 0; o < 37; o++) Assert.Equal(slopes[o], w.SlopeAt(o));
    }
}
