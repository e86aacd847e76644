using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Models;
using SRKernels.Models.Families;
using SRKernels.Models.Imaging;
using SRKernels.Models.Rrdb;
using SRKernels.Models.Srvgg;
using SRKernels.Models.Weights;
using SRKernels.Runtime.OpenCl;
using SRKernels.Tests.Kernels;
using SRKernels.Tests.Models.Rrdb;
using SRKernels.Tests.Models.Srvgg;
using SRKernels.Tests.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>Pictures that the authors' commands made, where they do nothing that ours does otherwise: untiled, without alpha, at the network's scale.</summary>
public sealed class RivalPictureTests
{
    [Theory]
    [InlineData("esrgan_case_rgb.safetensors")]
    [InlineData("bsrgan_case_x4.safetensors")]
    [InlineData("bsrgan_case_x2.safetensors")]
    [InlineData("realsr_case_rgb.safetensors")]
    [InlineData("realesrgan_case_x4_odd.safetensors")]
    [InlineData("realesrgan_case_x2_odd.safetensors")]
    [InlineData("realesrgan_case_x4_16bit.safetensors")]
    [InlineData("realesrgan_case_general_alone.safetensors")]
    public async Task GivesUpstreamsPicture(string file)
    {
        var tensors = new GoldenFile(file);
        var input = Picture(tensors, "in");
        // Upstream's way is 8 bits of colour, whatever comes in.
        foreach (var compatibility in Enum.GetValues<Compatibility>().Where(c => c == default || (input.BitDepth == 8 && input.Layout == PixelLayout.Rgb)))
        {
            using var resolver = new SuperResolver(Model(file), new KernelContext(ExecutionKind.Cpu, threads: 2), weightBytes: 0);
            var result = await resolver.UpscaleAsync(input, new UpscaleOptions { Compatibility = compatibility });
            AssertSame($"{file}, {compatibility}", Picture(tensors, "out"), result);
        }
    }

    /// <summary>Tiles whose sides no square of pixels divides, blended on a device and on the processor.</summary>
    [OpenClFact]
    public async Task TilesOnADeviceGiveTheProcessorsPicture()
    {
        var image = new Image(31, 22, PixelLayout.Rgb);
        for (var i = 0; i < image.Samples8.Length; i++) image.Samples8[i] = (byte)((i * 5) + (i / (3 * image.Width) * 9));
        var tiles = new UpscaleOptions { Tile = 15, Overlap = 9 };
        using var device = SuperResolver.Load(GoldenFolder.PathOf("rrdb_new_x2.pth"), OpenClDevice.Open(0), threads: 1);
        using var processor = SuperResolver.Load(GoldenFolder.PathOf("rrdb_new_x2.pth"), threads: 2);
        var tiled = await processor.UpscaleAsync(image, tiles);
        Assert.Equal((62, 44), (tiled.Width, tiled.Height));
        var onDevice = await device.UpscaleAsync(image, tiles);
        ImageComparison.AssertSame("tiles", tiled.Samples8, onDevice.Samples8, flips: 0);
    }

    /// <summary>The goldens' README, "Rivals": by 1 at most, in few values; 16 bits in more of them.</summary>
    private static void AssertSame(string what, Image expected, Image actual)
    {
        Assert.Equal((expected.Width, expected.Height, expected.Layout, expected.BitDepth), (actual.Width, actual.Height, actual.Layout, actual.BitDepth));
        var (differing, most, all) = (0, 0, 0);
        foreach (var (e, a) in Values(expected).Zip(Values(actual)))
        {
            all++;
            differing += e == a ? 0 : 1;
            most = Math.Max(most, Math.Abs(e - a));
        }

        Assert.True(most <= 1 && differing <= all * (expected.BitDepth == 16 ? 0.03 : 0.01), $"{what}: {differing} of {all} values differ, by {most} at most");
    }

    private static IEnumerable<int> Values(Image image) =>
        image.BitDepth == 16 ? [.. image.Samples16.ToArray().Select(v => (int)v)] : [.. image.Samples8.ToArray().Select(v => (int)v)];

    private static SuperResolutionModel Model(string file)
    {
        var golden = GoldenFolder.Rivals.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("file").GetString() == file);
        var n = GoldenFolder.Rivals.GetProperty("networks").GetProperty(golden.GetProperty("networks").GetProperty("network").GetString()!);
        var set = GoldenFolder.Rivals.GetProperty("weight_sets").GetProperty(golden.GetProperty("weights").GetProperty("network").GetString()!);
        var weights = new WeightScope(FormulaWeights.FromWeightSet(set));
        if (n.GetProperty("type").GetString() == "srvgg")
        {
            var compact = SrvggNetworkTests.Configuration(n);
            return new OneNetworkModel(new OneNetworkConfiguration(SrvggFamily.Instance, $"compact-x{compact.Scale}", compact), compact.Build(weights));
        }

        var network = RrdbNetworkTests.Configuration(n);
        return new OneNetworkModel(new OneNetworkConfiguration(RrdbFamily.Instance, $"esrgan-x{network.Scale}", network), network.Build(weights));
    }

    private static Image Picture(GoldenFile tensors, string key)
    {
        var shape = tensors.Shape(key);
        var layout = shape.Length == 2 ? PixelLayout.Grey : PixelLayout.Rgb;
        if (tensors.Type(key) == "U8")
        {
            var image = new Image(shape[1], shape[0], layout);
            tensors.U8(key).CopyTo(image.Samples8);
            return image;
        }

        var deep = new Image(shape[1], shape[0], layout, 16);
        var values = tensors.Ints(key);
        for (var i = 0; i < values.Length; i++) deep.Samples16[i] = (ushort)values[i];
        return deep;
    }
}
