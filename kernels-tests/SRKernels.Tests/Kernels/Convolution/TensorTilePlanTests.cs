using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler;
using SRKernels.Compiler.Frontend;
using SRKernels.Kernels.Convolution;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Tests.Kernels.Gpu;
using Xunit;

namespace SRKernels.Tests.Kernels.Convolution;

/// <summary>Tiles by shape, and what NVIDIA's assembler makes of them.</summary>
public sealed class TensorTilePlanTests
{
    private static readonly DeviceInfo s_a100 = new(DeviceKind.Cuda, "A100", "", 40L << 30, 40L << 30, 163 << 10, 1024, 108, 80, HasHalf: true, HasDouble: true);
    private static readonly DeviceInfo s_rtx4090 = s_a100 with { Name = "RTX 4090", SharedBytes = 99 << 10, Multiprocessors = 128, Target = 89 };

    [Fact]
    public void EveryShapeGetsATileThatFits()
    {
        foreach (var device in new[] { s_a100, s_rtx4090 })
            foreach (var (kernel, stride) in new[] { (3, 1), (3, 2), (1, 1) })
                foreach (var side in new[] { 1, 4, 8, 16, 32, 64, 128, 256 })
                    foreach (var channelsIn in new[] { 32, 64, 160, 192, 320, 640, 1280 })
                        foreach (var channelsOut in new[] { 2, 64, 160, 192, 320, 512, 576, 640, 768 })
                        {
                            var plan = TensorTilePlan.Choose(kernel, stride, 1, kernel == 1 ? 1 : side, kernel == 1 ? side * side : side, channelsIn / 32, channelsOut, 2 * channelsIn, device);
                            var tile = TensorTile.Of(plan.Tile);
                            var what = $"{kernel}x{kernel}/{stride} {channelsIn} -> {channelsOut} at {side}x{side} on {device.Name}: {plan}, {tile}";
                            Assert.True((tile.KernelSize, tile.Stride) == (kernel, stride), what);
                            Assert.True(tile.SharedBytes(2 * channelsIn) <= device.SharedBytes, what);
                            Assert.True(plan.Splits >= 1 && plan.Splits <= channelsIn / 32, what);
                            // The kernel copies whole tiles of weights, which are filled up to a multiple of 64 channels.
                            Assert.True((channelsOut + 63) / 64 * 64 % tile.Channels == 0, what);
                        }
    }

    [Theory]
    [InlineData(8, 640, 640)]
    [InlineData(16, 320, 320)]
    public void SmallMapsAreSplitUntilTheyFillTheDevice(int side, int channelsIn, int channelsOut)
    {
        var plan = TensorTilePlan.Choose(3, 1, 1, side, side, channelsIn / 32, channelsOut, 2 * channelsIn, s_a100);
        var tile = TensorTile.Of(plan.Tile);
        var groups = side / tile.Rows * (side / tile.Columns) * (channelsOut / tile.Channels) * plan.Splits;
        Assert.True(plan.Splits > 1 && groups >= s_a100.Multiprocessors / 2, $"{plan}, {tile}: {groups} groups");
    }

    [Fact]
    public void LargeMapsAreNotSplit()
    {
        Assert.Equal(new(TensorTile.Large3x3, 1), TensorTilePlan.Choose(3, 1, 1, 128, 128, 8, 256, 512, s_a100));
        Assert.Equal(new(TensorTile.Large3x3, 1), TensorTilePlan.Choose(3, 1, 1, 256, 256, 4, 128, 256, s_a100));
    }

    [Fact]
    public void ACodeSaysAllOfATile()
    {
        foreach (var code in Codes) Assert.Equal(code, TensorTile.Of(code).Code);
    }

    /// <summary>All tiles in one precision and all precisions of one tile: no spill, no local memory, registers for as many groups as declared.</summary>
    [PtxasFact]
    public void AccumulatorsStayInRegisters()
    {
        var frontend = new KernelFrontend();
        foreach (var code in Codes)
            foreach (var operand in code is TensorTile.Large3x3 ? new[] { 0, 1, 2 } : [0])
            {
                var tile = TensorTile.Of(code);
                var form = operand | TensorConvolutionKernels.NormalizeInput | (tile.KernelSize == 3 ? TensorConvolutionKernels.SiluInput : 0);
                var function = KernelCompiler.Compile(
                    new KernelRequest(typeof(TensorConvolutionKernels).Assembly.Location, typeof(TensorConvolutionKernels).FullName!, tile.Kernel) { Specialized = [form, code] }, frontend);
                foreach (var target in code == TensorTile.Large3x3 ? new[] { 80, 86, 89, 90 } : [80, 89])
                {
                    var assembled = Ptxas.Found!.Assemble(KernelImageMaker.Ptx(function, target).Text, target);
                    Assert.True(assembled.Success, assembled.Log);
                    Assert.Empty(assembled.Warnings);
                    var resources = assembled.Kernels[0];
                    var what = $"{tile} form {form} on sm_{target}: {resources}";
                    Assert.True(resources.SpillStoreBytes + resources.SpillLoadBytes + resources.StackBytes == 0, what);
                    Assert.True(resources.Registers <= (tile.HasLargeWarps ? 255 : 168), what);
                }
            }
    }

    private static int[] Codes =>
    [
        TensorTile.Large3x3, TensorTile.Small3x3, TensorTile.Strided3x3, TensorTile.Wide1x1, TensorTile.Large1x1, TensorTile.Half1x1, TensorTile.Small1x1,
    ];
}
