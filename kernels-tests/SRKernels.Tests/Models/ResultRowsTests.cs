using SRKernels.Kernels;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.Sampling;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>Results that are written row by row while they are computed (cases.md, 9), with the limit of arrays lowered.</summary>
public sealed class ResultRowsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("srk-rows-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(PixelLayout.Rgb, 8, Compatibility.None)]
    [InlineData(PixelLayout.Rgba, 16, Compatibility.None)]
    [InlineData(PixelLayout.Grey, 16, Compatibility.None)]
    [InlineData(PixelLayout.GreyAlpha, 8, Compatibility.None)]
    [InlineData(PixelLayout.Rgba, 8, Compatibility.Upstream)]
    public async Task AFileHasTheBytesOfThePictureWrittenWhole(PixelLayout layout, int bits, Compatibility compatibility)
    {
        using var resolver = Miniature();
        var picture = Picture(83, 71, layout, bits);
        // Three rows of tiles, the last one moved up; none of them a multiple of a strip of alpha.
        var options = new UpscaleOptions { Tile = 32, Overlap = 8, Compatibility = compatibility };
        var (whole, rows) = (Path.Combine(_folder, "whole.png"), Path.Combine(_folder, "rows.png"));
        ImageCodecs.Write(await resolver.UpscaleAsync(picture, options), whole);
        var header = await resolver.UpscaleAsync(picture, rows, options);
        Assert.Equal((83 * 4, 71 * 4), (header.Width, header.Height));
        Assert.Equal(await File.ReadAllBytesAsync(whole), await File.ReadAllBytesAsync(rows));
    }

    [Fact]
    public async Task Section9_MoreSamplesThanAnArrayHoldsAreWrittenByRows()
    {
        using var resolver = Miniature();
        var picture = Picture(40, 30, PixelLayout.Rgb, 8);
        var expected = await resolver.UpscaleAsync(picture);
        Image.MostSamples = 40 * 30 * 3 * 4;
        var path = Path.Combine(_folder, "rows.png");
        await resolver.UpscaleAsync(picture, path);
        var error = await Assert.ThrowsAsync<SrkException>(() => resolver.UpscaleAsync(picture));
        Assert.Contains("PNG", error.Message, StringComparison.Ordinal);
        Image.MostSamples = Array.MaxLength;
        Assert.Equal(expected.Samples8.ToArray(), ImageCodecs.Read(path).Samples8.ToArray());
    }

    [Fact]
    public async Task Section9_AFormatThatNeedsThePictureWholeIsRefusedAtOnce()
    {
        using var resolver = Miniature();
        var progress = new List<UpscaleProgress>();
        var error = await Assert.ThrowsAsync<ImageException>(
            () => resolver.UpscaleAsync(Picture(8, 8, PixelLayout.Rgb, 8), Path.Combine(_folder, "x.jpg"), null, null, new Seen(progress)));
        Assert.Contains("by rows", error.Message, StringComparison.Ordinal);
        Assert.Empty(progress);
        Assert.Empty(Directory.GetFiles(_folder, "*.jpg"));
    }

    /// <summary>Any source of noise, also one whose numbers come only in their order.</summary>
    [Fact]
    public async Task ASourceThatIsNotPyTorchsGivesTheSamePicture()
    {
        using var resolver = Miniature();
        var (picture, options) = (Picture(83, 40, PixelLayout.Rgb, 8), new UpscaleOptions { Tile = 32, Overlap = 8 });
        var expected = await resolver.UpscaleAsync(picture, options);
        var actual = await resolver.UpscaleAsync(picture, options with { Noise = new Wrapped(new TorchCpuNoise(options.Seed)) });
        Assert.Equal(expected.Samples8.ToArray(), actual.Samples8.ToArray());
    }

    /// <summary>The plain definitions of the ops go by rows as the fast ones do.</summary>
    [Fact]
    public async Task TheReferenceGoesByRowsToo()
    {
        using var reference = Miniature(ExecutionKind.Reference);
        using var fast = Miniature();
        var (picture, options) = (Picture(20, 40, PixelLayout.Rgba, 8), new UpscaleOptions { Tile = 16, Overlap = 0 });
        var (expected, actual) = (await reference.UpscaleAsync(picture, options), await fast.UpscaleAsync(picture, options));
        ImageComparison.AssertSame("reference", expected.Samples8, actual.Samples8, flips: 0);
    }

    private SuperResolver Miniature(ExecutionKind kind = ExecutionKind.Cpu)
    {
        var path = Path.Combine(_folder, "miniature.safetensors");
        MiniatureModel.Write(path);
        return SuperResolver.Load(path, threads: 2, kind: kind);
    }

    private static Image Picture(int width, int height, PixelLayout layout, int bits)
    {
        var image = new Image(width, height, layout, bits);
        for (var i = 0; i < width * height * image.Channels; i++)
        {
            var value = (0.5 + (0.4 * Math.Sin(i * 0.013))) + ((i % 29) * 0.003);
            if (bits == 8) image.Samples8[i] = (byte)(value * 255);
            else image.Samples16[i] = (ushort)(value * 65535);
        }

        return image;
    }

    private sealed class Wrapped(INoiseSource source) : INoiseSource
    {
        public void Fill(Span<float> values) => source.Fill(values);

        public void Reset() => source.Reset();
    }

    private sealed class Seen(List<UpscaleProgress> all) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value) => all.Add(value);
    }
}
