using SRKernels.Cli;
using SRKernels.Cli.Upscaling;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Runtime;
using SRKernels.Tests.Imaging.Png;
using Xunit;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>Sections 5, 9 and 10: what is known at the start is said at the start. Pictures are read and planned here, never computed.</summary>
public sealed class EarlyErrorsTests : IDisposable
{
    private readonly Srk _srk = new();
    private readonly SuperResolver _resolver = SuperResolver.LoadShipped(threads: 1);

    public void Dispose()
    {
        _resolver.Dispose();
        _srk.Dispose();
    }

    [Fact]
    public void Section9_AFormatSaysWhatItHolds()
    {
        var (png, jpeg) = (ImageCodecs.ForWriting("a.png").Format, ImageCodecs.ForWriting("a.jpg").Format);
        png.CheckHolds("a.png", 48_000, 36_000, PixelLayout.Rgba);
        png.CheckHolds("a.png", int.MaxValue, int.MaxValue, PixelLayout.Rgba);
        Assert.Throws<ImageException>(() => png.CheckHolds("a.png", int.MaxValue + 1L, 1, PixelLayout.Rgb));
        jpeg.CheckHolds("a.jpg", 65_535, 10_000, PixelLayout.Rgba);
        var side = Assert.Throws<ImageException>(() => jpeg.CheckHolds("a.jpg", 66_000, 32, PixelLayout.Rgb)).Message;
        Assert.Contains("a.jpg: JPEG: expected at most 65535 pixels a side, got 66000 x 32", side, StringComparison.Ordinal);
        Assert.Contains("samples", Assert.Throws<ImageException>(() => jpeg.CheckHolds("a.jpg", 48_000, 36_000, PixelLayout.Rgb)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PixelLayout.Rgba, 8, "JPEG cannot hold all of it: transparency is laid on white")]
    [InlineData(PixelLayout.Rgb, 16, "JPEG cannot hold all of it: 16 bits become 8")]
    [InlineData(PixelLayout.GreyAlpha, 16, "JPEG cannot hold all of it: transparency is laid on white, 16 bits become 8")]
    public async Task Section10a_WhatJpegCannotHoldIsSaidInOneLine(PixelLayout layout, int bits, string note)
    {
        ImageCodecs.Write(new Image(8, 8, layout, bits), _srk.PathOf("late.png"));
        Assert.Equal([note], (await ReadAsync("late.png", "late.jpg")).Notes);
        Assert.Empty((await ReadAsync("late.png", "fits.png")).Notes);
    }

    [Fact]
    public async Task Section5_AnAnimatedPictureSaysThatOneFrameIsTaken()
    {
        byte[] frames = [0, 0, 0, 4, 0, 0, 0, 0];
        File.WriteAllBytes(_srk.PathOf("a.png"), PngWriter.Make(4, 4, 8, 2, false, (x, y, c) => x * y * c, PngWriter.Chunk("acTL", frames)));
        Assert.Equal(["animated: only the first of 4 frames is taken"], (await ReadAsync("a.png", "b.png")).Notes);
    }

    [Fact]
    public async Task Section5_SeveralPicturesInOneFileSaySoToo()
    {
        File.WriteAllText(_srk.PathOf("a.pgm"), "P5 2 1 255\nabP5 2 1 255\ncd");
        Assert.Equal(["several pictures in one file: only the first is taken"], (await ReadAsync("a.pgm", "b.png")).Notes);
    }

    // "WebP", not "a file that begins with 52494646".
    [Theory]
    [InlineData("RIFF\0\0\0\0WEBPVP8 ", "WebP data")]
    [InlineData("GIF89a", "GIF data")]
    [InlineData("II*\0\b\0\0\0", "TIFF data")]
    [InlineData("\0\0\0\u001cftypheic", "HEIC data")]
    [InlineData("\0\0\0\u001cftypavif", "AVIF data")]
    [InlineData("\0\0\0\fJXL \r\n", "JPEG XL data")]
    [InlineData("8BPS", "Photoshop data")]
    [InlineData("<!DOCTYPE html>", "a web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "Git LFS pointer")]
    [InlineData("plain words", "text")]
    [InlineData("\u0001\u0002\u0003", "data of an unknown format")]
    public void Section5_AFileThatIsNotReadIsNamedByItsFormat(string head, string name)
    {
        var message = Assert.Throws<ImageException>(() => ImageCodecs.Decode(System.Text.Encoding.Latin1.GetBytes(head))).Message;
        Assert.Contains($"got {(name.StartsWith("Git", StringComparison.Ordinal) ? "a " : "")}{name}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Section10a_AlphaIsLaidOnWhiteAndDepthRounded()
    {
        var format = ImageCodecs.ForWriting("a.jpg").Format;
        var deep = new Image(3, 1, PixelLayout.Rgba, 16);
        ushort[] samples = [0, 65535, 257, 65535, 0, 65535, 257, 0, 0, 65535, 128, 32768];
        samples.CopyTo(deep.Samples16);
        var flat = FormatFit.Apply(deep, format);
        Assert.Equal((PixelLayout.Rgb, 8), (flat.Layout, flat.BitDepth));
        Assert.Equal([0, 255, 1, 255, 255, 255, 127, 255, 128], flat.Samples8.ToArray());
        var fits = new Image(2, 2, PixelLayout.Grey);
        Assert.Same(fits, FormatFit.Apply(fits, format));
        Assert.Same(deep, FormatFit.Apply(deep, ImageCodecs.ForWriting("a.png").Format));
    }

    [Fact]
    public async Task Section10b_ASideThatJpegCannotHoldIsRefusedBeforeTheWork()
    {
        _srk.Picture("wide.png", 16_500, 8);
        Assert.Contains("66000 x 32", await RefusedAsync("wide.png", "wide.jpg"), StringComparison.Ordinal);
        Assert.Equal(16_500, (await ReadAsync("wide.png", "wide2.png")).Seen.Width);
    }

    [Fact]
    public async Task Section10d_AReferenceOrMaskThatIsMissingOrOfAnotherSizeIsRefusedBeforeTheWork()
    {
        _srk.Picture("a.png", 8, 8);
        _srk.Picture("tiny.png", 2, 2);
        _srk.Picture("small.png", 31, 32);
        _srk.Picture("right.png", 32, 32);
        Directory.CreateDirectory(_srk.PathOf("truth"));
        Assert.Contains("none.png", await RefusedAsync("a.png", "b.png", compare: "none.png"), StringComparison.Ordinal);
        Assert.Contains("32x32 like the result, got 31x32", await RefusedAsync("a.png", "b.png", compare: "small.png"), StringComparison.Ordinal);
        Assert.Contains("partner", await RefusedAsync("a.png", "b.png", compare: "truth"), StringComparison.Ordinal);
        Assert.Contains("SSIM", await RefusedAsync("tiny.png", "b.png", compare: "right.png"), StringComparison.Ordinal);
        Assert.Contains("no mask", await RefusedAsync("a.png", "b.png", mask: "right.png"), StringComparison.Ordinal);
        Assert.Equal(_srk.PathOf("right.png"), (await ReadAsync("a.png", "b.png", compare: "right.png")).Reference);
    }

    /// <summary>A reference is read before the work and after it, which a pipe cannot be: it would wait for ever when all is done.</summary>
    [Fact]
    public async Task Section4a_APipeIsNoReference()
    {
        if (OperatingSystem.IsWindows()) return;
        _srk.Picture("a.png", 8, 8);
        Assert.Equal(0, _srk.Shell("mkdir truth; mkfifo pipe.png truth/a.png").ExitCode);
        foreach (var compare in new[] { "pipe.png", "truth" })
            Assert.Contains("got a named pipe", await RefusedAsync("a.png", "b.png", compare: compare), StringComparison.Ordinal);
    }

    [Fact]
    public void Section10_ADryRunReportsTheSame()
    {
        _srk.Picture("wide.png", 16_500, 8);
        var result = _srk.Run("upscale", "wide.png", "-o", "wide.jpg", "--dry-run", "--json");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("65535", result.Error, StringComparison.Ordinal);
        Assert.Contains("\"status\":\"failed\"", result.Output, StringComparison.Ordinal);
    }

    private async Task<string> RefusedAsync(string input, string output, string? compare = null, string? mask = null) =>
        (await Assert.ThrowsAnyAsync<SrkException>(() => ReadAsync(input, output, compare, mask))).Message;

    private Task<ReadPicture> ReadAsync(string input, string output, string? compare = null, string? mask = null)
    {
        var request = new UpscaleRequest
        {
            Input = _srk.PathOf(input),
            Output = _srk.PathOf(output),
            Compare = compare is null ? null : _srk.PathOf(compare),
            Mask = mask is null ? null : _srk.PathOf(mask),
            Options = new UpscaleOptions(),
        };
        return new PictureReader(request, _resolver, CancellationToken.None).ReadAsync(new UpscaleJob(request.Input, request.Output, input, 1), request.Options);
    }
}
