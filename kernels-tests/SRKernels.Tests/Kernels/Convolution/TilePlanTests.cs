using SRKernels.Kernels.Convolution;
using Xunit;

namespace SRKernels.Tests.Kernels.Convolution;

/// <summary>The choice of tile and splits at the networks' shapes: a pure function, so its reasons can be asked for.</summary>
public sealed class TilePlanTests
{
    [Theory]
    [InlineData(65536, 128, 144, 108, TilePlan.Tile128x128)] // the decoder's widest map
    [InlineData(65536, 256, 288, 108, TilePlan.Tile128x128)]
    public void LargeMapsTakeLargeTilesWithoutSplits(int pixels, int outChannels, int steps, int multiprocessors, int tile) =>
        Assert.Equal(new TilePlan(tile, 1), TilePlan.Choose(pixels, outChannels, steps, multiprocessors, gathers: false));

    [Fact]
    public void AnImageComesOutOfTheNarrowTile() => Assert.Equal(TilePlan.Tile256x4, TilePlan.Choose(65536, 3, 144, 108, gathers: false).Tile);

    [Theory]
    [InlineData(64, 640, 720, 108)] // 3x3 640 -> 640 on 8x8
    [InlineData(64, 640, 1440, 132)]
    [InlineData(256, 320, 360, 108)] // 3x3 320 -> 320 on 16x16
    public void SmallMapsFillTheDeviceBySplitting(int pixels, int outChannels, int steps, int multiprocessors)
    {
        var plan = TilePlan.Choose(pixels, outChannels, steps, multiprocessors, gathers: false);
        var groups = (pixels + plan.Rows - 1) / plan.Rows * ((outChannels + plan.Columns - 1) / plan.Columns) * plan.Splits;
        Assert.True(groups >= multiprocessors / 2, $"{plan}: {groups} groups on {multiprocessors} multiprocessors");
    }

    [Fact]
    public void EveryShapeGetsAPlanWhoseGroupsAllHaveWork()
    {
        foreach (var multiprocessors in new[] { 0, 1, 20, 108, 132 })
            foreach (var pixels in new[] { 1, 64, 100, 4096, 65536 })
                foreach (var outChannels in new[] { 1, 3, 32, 160, 192, 640, 1280 })
                    foreach (var steps in new[] { 1, 4, 7, 20, 60, 97, 180, 720 })
                        foreach (var gathers in new[] { false, true })
                        {
                            var plan = TilePlan.Choose(pixels, outChannels, steps, multiprocessors, gathers);
                            var partSteps = (steps + plan.Splits - 1) / plan.Splits;
                            var what = $"{pixels} x {outChannels}, {steps} steps, {multiprocessors} multiprocessors: {plan}";
                            Assert.True(plan.Splits >= 1 && (plan.Splits - 1) * partSteps < steps, what);
                            Assert.True(plan.Threads is 64 or 128 or 256, what);
                            Assert.False(gathers && plan.Tile is TilePlan.Tile128x128 or TilePlan.Tile128x32, what);
                        }
    }

    [Fact]
    public void PartsOfASumThatAreNotThereAreNotAskedFor()
    {
        Assert.Equal(4, new TilePlan(TilePlan.Tile64x64, 5).WithoutEmptySplits(7).Splits); // 2 + 2 + 2 + 1
        Assert.Equal(3, new TilePlan(TilePlan.Tile64x64, 3).WithoutEmptySplits(18).Splits);
    }
}
