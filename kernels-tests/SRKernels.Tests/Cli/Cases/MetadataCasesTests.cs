using SRKernels.Cli;
using SRKernels.Cli.Upscaling;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Tests.Imaging;
using SRKernels.Tests.Imaging.Png;
using Xunit;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>What becomes of metadata and of damaged pictures, and what is said about it.</summary>
public sealed class MetadataCasesTests : IDisposable
{
    private readonly Srk _srk = new();
    private readonly SuperResolver _resolver = SuperResolver.LoadShipped(threads: 1);

    public void Dispose()
    {
        _resolver.Dispose();
        _srk.Dispose();
    }

    [Fact]
    public async Task Section21_TheDensityIsKept_OrThePrint()
    {
        Write("a.jpg", ImageMetadata.Empty with { Density = new PixelDensity(300, 300, DensityUnit.Inch) });
        Assert.Equal(300, (await ReadAsync("a.jpg", "b.png")).Seen.Metadata.Density!.X);
        Assert.Equal(1200, (await ReadAsync("a.jpg", "b.png", keepSize: true)).Seen.Metadata.Density!.X);
    }

    [Fact]
    public async Task Section21_WhatCannotBeCarriedIsListed()
    {
        Write("a.jpg", ImageMetadata.Empty with { Iptc = [0x1C, 2, 5, 0, 1, 65] });
        Assert.Equal(["IPTC"], (await ReadAsync("a.jpg", "b.png")).NotCarried);
        Assert.Empty((await ReadAsync("a.jpg", "b.jpg")).NotCarried);
        Assert.Empty((await ReadAsync("a.jpg", "b.png", strip: true)).NotCarried);
        // Upstream's command writes no metadata, and nobody expects it to.
        Assert.Empty((await ReadAsync("a.jpg", "b.png", compatibility: Compatibility.Upstream)).NotCarried);
    }

    [Fact]
    public async Task DroppedPartsAreNotes()
    {
        byte[] chunk = PngWriter.Chunk("tEXt", [.. "Comment\0x"u8]);
        chunk[^1] ^= 1;
        File.WriteAllBytes(_srk.PathOf("a.png"), PngWriter.Make(4, 4, 8, 2, false, (x, y, c) => x, chunk));
        Assert.Equal(["not kept: tEXt: its checksum is wrong"], (await ReadAsync("a.png", "b.png")).Notes);
    }

    [Fact]
    public async Task ADamagedJpegIsRefusedByName_OrSalvagedWithANote()
    {
        byte[] file = new JpegHandMade { Width = 32, Height = 32 }.Write();
        File.WriteAllBytes(_srk.PathOf("cut.jpg"), file[..(file.Length / 2)]);
        var message = (await Assert.ThrowsAsync<ImageException>(() => ReadAsync("cut.jpg", "b.png"))).Message;
        Assert.Contains("--salvage", message, StringComparison.Ordinal);
        var picture = await ReadAsync("cut.jpg", "b.png", salvage: true);
        Assert.Equal(32, picture.Seen.Width);
        Assert.StartsWith("damaged (the end of the data", Assert.Single(picture.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void TheCommandSaysOnceWhatIsNotCarried_AndUpstreamSalvages()
    {
        Directory.CreateDirectory(_srk.PathOf("in"));
        foreach (var name in new[] { "in/a.jpg", "in/b.jpg" }) Write(name, ImageMetadata.Empty with { Iptc = [0x1C, 2, 5, 0, 1, 65] });
        var run = _srk.Run("upscale", "in", "-o", "out", "--dry-run");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("not carried over: IPTC, in 2 pictures", run.Error, StringComparison.Ordinal);
        File.WriteAllBytes(_srk.PathOf("cut.jpg"), File.ReadAllBytes(_srk.PathOf("in/a.jpg"))[..^20]);
        run = _srk.Run("upscale", "cut.jpg", "-o", "out.png", "--dry-run", "--compat", "upstream");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("cut.jpg: damaged (", run.Error, StringComparison.Ordinal);
    }

    private void Write(string name, ImageMetadata metadata) =>
        ImageCodecs.Write(new Image(32, 32, PixelLayout.Rgb) { Metadata = metadata }, _srk.PathOf(name));

    private Task<ReadPicture> ReadAsync(
        string input, string output, bool keepSize = false, bool strip = false, bool salvage = false, Compatibility compatibility = Compatibility.None)
    {
        var request = new UpscaleRequest
        {
            Input = _srk.PathOf(input), Output = _srk.PathOf(output), KeepSize = keepSize, Strip = strip, Salvage = salvage,
            Options = new UpscaleOptions { Compatibility = compatibility },
        };
        return new PictureReader(request, _resolver, CancellationToken.None).ReadAsync(new UpscaleJob(request.Input, request.Output, input, 1), request.Options);
    }
}
