using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using static SRKernels.Tests.Kernels.Convolution.ConvolutionCase;
using Xunit;

namespace SRKernels.Tests.Kernels.Convolution;

/// <summary>Every tile of the fp32 kernels on every device, against the plain loops; bounds: DESIGN.md §3.</summary>
public sealed class Conv2dDeviceTests
{
    public static TheoryData<string> Tiles() => [.. TilesByName.Keys];

    private static readonly Dictionary<string, int> TilesByName = new()
    {
        ["128x128"] = TilePlan.Tile128x128,
        ["128x64"] = TilePlan.Tile128x64,
        ["128x32"] = TilePlan.Tile128x32,
        ["64x64"] = TilePlan.Tile64x64,
        ["32x32"] = TilePlan.Tile32x32,
        ["256x4"] = TilePlan.Tile256x4,
        ["none"] = TilePlan.NoTile,
    };

    /// <summary>Seven rows of five pixels in two images fill no tile; channels fill no panel, no quad and, every other time, no step.</summary>
    [Theory]
    [MemberData(nameof(Tiles))]
    public void EveryTileMatchesReference(string name)
    {
        var tile = TilesByName[name];
        var hasGather = tile is TilePlan.NoTile or TilePlan.Tile128x64 or TilePlan.Tile64x64 or TilePlan.Tile256x4;
        var seed = tile;
        foreach (var (ci, co, kernel) in new[] { (16, 36, 3), (24, 3, 3), (8, 68, 1), (3, 33, 3), (17, 6, 1), (12, 132, 3), (4, 16, 3) })
        {
            if (ci % 8 != 0 && !hasGather) continue;
            foreach (var (stride, padding, zoom) in new[] { (1, Conv2dPadding.Same, false), (2, Conv2dPadding.Same, true), (2, Conv2dPadding.BottomRight, false) })
            {
                if (padding == Conv2dPadding.BottomRight && kernel == 1) continue;
                seed++;
                var options = new Conv2dOptions
                {
                    Stride = stride, Padding = padding, UpsampleInput = zoom, Activation = (Activation)(seed % 4),
                    InputActivation = seed % 4 == 1 ? Activation.Silu : Activation.None,
                };
                Check(new Shape(2, 7, 5, ci), co, kernel, options, seed, new TilePlan(tile, ci == 16 ? 3 : 1), $"tile {name}");
            }
        }
    }

    /// <summary>What the networks ask for, small, with the tiles that the plan takes.</summary>
    [Theory]
    [InlineData(1, 6, 6, 80, 48, 3)]
    [InlineData(1, 1, 1, 160, 640, 1)]
    [InlineData(3, 1, 1, 37, 70, 1)]
    [InlineData(1, 12, 12, 6, 32, 3)]
    [InlineData(1, 12, 12, 40, 3, 3)]
    [InlineData(3, 5, 9, 192, 96, 1)]
    public void ChosenTilesMatchReference(int n, int h, int w, int ci, int co, int kernel) =>
        Check(new Shape(n, h, w, ci), co, kernel, new Conv2dOptions { Activation = Activation.Silu }, seed: 2, null, "chosen tile");

    /// <summary>Lanes that read or write shared memory together meet no bank twice; a small map counts the whole kernel, in which the loop is nearly all.</summary>
    [Theory]
    [MemberData(nameof(Tiles))]
    public void SharedMemoryIsReadAndWrittenWithoutBankConflicts(string name)
    {
        var tile = TilesByName[name];
        if (tile == TilePlan.NoTile) return;
        var shape = new Shape(1, 8, 16, 16);
        using var weights = Weights(1, 64, shape.C, 3);
        var input = Random(2, (int)shape.Count);
        var affine = Random(3, 2 * shape.C);
        foreach (var isAffine in new[] { false, true })
        {
            var conflicts = TestDevices.BankConflicts(engine =>
            {
                using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, Precision.Fp32), engine) { ForcedTile = new TilePlan(tile, 1) };
                Run(cx, shape, input, weights, default, null, isAffine ? affine : null);
            });
            Assert.True(conflicts == 0, $"tile {name}{(isAffine ? " with an input affine" : "")}: {conflicts} passes over shared memory too many");
        }
    }

    private static void Check(Shape shape, int co, int kernel, Conv2dOptions options, int seed, TilePlan? tile, string what)
    {
        using var weights = Weights(seed, co, shape.C, kernel);
        var input = Random(seed + 2, (int)shape.Count, seed % 5 == 0 ? 3 : 0);
        var residual = seed % 2 == 0 ? Random(seed + 3, (int)Conv2d.OutputShape(shape, weights, options).Count) : null;
        var affine = seed % 4 < 2 ? Random(seed + 4, 2 * shape.N * shape.C) : null;
        if (affine is null) options = options with { InputActivation = Activation.None };
        using var reference = new KernelContext(ExecutionKind.Reference, threads: 1);
        var expected = Run(reference, shape, input, weights, options, residual, affine);
        foreach (var device in TestDevices.Present(Devices.All))
        {
            TestDevices.Use(device, engine =>
            {
                using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, Precision.Fp32), engine) { ForcedTile = tile };
                var actual = Run(cx, shape, input, weights, options, residual, affine);
                TensorAssert.SameBytes($"Conv2d on {device}, {what}, run again", actual, Run(cx, shape, input, weights, options, residual, affine));
                AssertClose($"Conv2d on {device}, {what}, {shape} -> {co}, {kernel}x{kernel}, {options}", expected, actual, co);
            });
        }
    }
}
