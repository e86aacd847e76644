using SRKernels.Kernels;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.Quality;
using SRKernels.Models.Sr3;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

/// <summary>Pictures through SR3: upstream's, and our tiles.</summary>
public sealed class Sr3PictureTests
{
    /// <summary>The first picture of each chain, whatever its size: enlarged, drawn for, denoised and rounded as upstream does.</summary>
    [Fact]
    public async Task GivesUpstreamsPicture()
    {
        var golden = GoldenFolder.Case(Sr3ModelTests.SmallestChain);
        var tensors = new GoldenFile(Sr3ModelTests.SmallestChain);
        var picture = new Image(8, 8, PixelLayout.Rgb);
        tensors.U8("lr_u8").CopyTo(picture.Samples8);
        using var resolver = new SuperResolver(Sr3Golden.Model(golden), new KernelContext(ExecutionKind.Cpu, threads: 2), weightBytes: 0);
        foreach (var compatibility in new[] { Compatibility.Upstream, Compatibility.None })
        {
            var result = await resolver.UpscaleAsync(picture, new UpscaleOptions { Compatibility = compatibility, Seed = golden.GetProperty("seed").GetUInt64() });
            Assert.Equal((32, 32), (result.Width, result.Height));
            ImageComparison.AssertSame($"{compatibility}", tensors.U8("out_u8_rgb"), result.Samples8, flips: 0);
        }
    }

    /// <summary>Every tile has the size that the network was trained at, also of a picture that is smaller, and sees its part of the whole enlarged picture.</summary>
    [Theory]
    [InlineData(3, 2, 1)]
    [InlineData(4, 4, 1)]
    [InlineData(9, 5, 6)]
    public async Task TilesKeepTheTrainedSize(int width, int height, int tiles)
    {
        var c = Sr3ModelFile.Smallest;
        using var resolver = Resolver(c);
        var picture = new Image(width, height, PixelLayout.Rgb);
        for (var i = 0; i < picture.Samples8.Length; i++) picture.Samples8[i] = (byte)(i * 37);
        var options = new UpscaleOptions { Steps = 3 };
        var plan = resolver.Plan(width, height, options);
        Assert.Equal((4, 4, tiles), (plan.TileWidth, plan.TileHeight, plan.Tiles));
        Assert.Equal(tiles * 3 * c.CostOf(4, 4).Step.Flops, plan.Flops);
        var result = await resolver.UpscaleAsync(picture, options);
        Assert.Equal((4 * width, 4 * height), (result.Width, result.Height));
        Assert.True(result.Samples8.ToArray().Distinct().Count() > 10, "the picture is flat");
        using var other = Resolver(c, threads: 3);
        Assert.Equal(result.Samples8.ToArray(), (await other.UpscaleAsync(picture, options)).Samples8.ToArray());
    }

    /// <summary>Upstream runs a picture whole, of whatever size.</summary>
    [Fact]
    public void UpstreamsPictureIsOneTile()
    {
        using var resolver = Resolver(Sr3ModelFile.Smallest);
        var plan = resolver.Plan(9, 5, new UpscaleOptions { Compatibility = Compatibility.Upstream });
        Assert.Equal((9, 5, 1), (plan.TileWidth, plan.TileHeight, plan.Tiles));
    }

    private static SuperResolver Resolver(Sr3Configuration c, int threads = 2) => new(
        new Sr3Model(c, new WeightScope(new FormulaWeights { Seed = 31, Gain = 1, OutKeys = ["final_conv"], OutGain = 0.7 })),
        new KernelContext(ExecutionKind.Cpu, threads), weightBytes: 0);
}
