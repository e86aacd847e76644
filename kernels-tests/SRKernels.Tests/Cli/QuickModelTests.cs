using SRKernels.Models.Imaging;
using SRKernels.Tests.Models;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli;

/// <summary>The ESRGAN family's files as their authors' programs save them, through the built command: run, inspected, converted, refused.</summary>
public sealed class QuickModelTests(Srk srk) : IClassFixture<Srk>
{
    [Theory]
    [InlineData("rrdb_new_x2.pth", 2, "residual-in-residual dense blocks (ESRGAN, Real-ESRGAN, BSRGAN, RealSR): RRDB x2, 2 blocks, 8 channels growing by 4, from squares of 2x2 pixels", "task esrgan-x2")]
    [InlineData("realesr-general-x4v3.pth", 4, "compact networks (Real-ESRGAN): compact network x4, 5 convolutions of 16 channels", "task compact-x4")]
    public void AFileRunsAsItIsAndConverted(string file, int scale, string described, string task)
    {
        var model = GoldenFolder.PathOf(file);
        var inspected = srk.Run("inspect", model);
        Done(inspected);
        foreach (var expected in new[] { described, task, $"scale {scale}", "by its shapes", "every tensor is there" }) Assert.Contains(expected, inspected.Output, StringComparison.Ordinal);

        // Odd sides, which squares of pixels do not divide.
        var picture = srk.Picture($"{file}.png", 21, 13);
        Done(srk.Run("upscale", picture, "-o", $"{file}_own.png", "--model", model, "-q"));
        Done(srk.Run("convert", model, "-o", $"{file}.safetensors"));
        Done(srk.Run("upscale", picture, "-o", $"{file}_converted.png", "--model", $"{file}.safetensors", "-q"));
        var result = ImageCodecs.Read(srk.PathOf($"{file}_own.png"));
        Assert.Equal((21 * scale, 13 * scale), (result.Width, result.Height));
        Assert.True(result.Samples8.ToArray().Distinct().Count() > 10, "the picture is flat");
        Assert.Equal(result.Samples8.ToArray(), ImageCodecs.Read(srk.PathOf($"{file}_converted.png")).Samples8.ToArray());
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        var picture = srk.Picture("refused.png");
        var model = GoldenFolder.PathOf("rrdb_kair.pth");
        Fails("weights' shapes fit: esrgan-x4, got 'esrgan-x2'", srk.Run("upscale", picture, "-o", "x.png", "--model", model, "--task", "esrgan-x2"));
        File.WriteAllBytes(srk.PathOf("cut.pth"), File.ReadAllBytes(model)[..50_000]);
        Fails("cut.pth", srk.Run("upscale", picture, "-o", "x.png", "--model", "cut.pth"));
        Assert.False(File.Exists(srk.PathOf("x.png")));
    }

    private static void Done(ProcessResult result) => Assert.True(result.ExitCode == 0, result.ToString());

    private static void Fails(string expected, ProcessResult result)
    {
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }
}
